#include "maps/salience.h"
#include "base/mem.h"

/* Of people and things that stand there the lower end is often cut off: that side counts a third. */
static double background(const struct region *region)
{
    const int *sides = region->sides;
    double along = sides[SIDE_TOP] + sides[SIDE_LEFT] + sides[SIDE_RIGHT] + sides[SIDE_BOTTOM] / 3.0;
    double square = along * along / (double)region->area;

    return square / (square + 1);
}

static double stands_out(const struct regions *regions, const struct salience *salience, int which)
{
    const struct region *one = &regions->list[which];
    double x = (double)one->x / (double)one->area, y = (double)one->y / (double)one->area;
    double reach = (double)cells_count(&regions->cells) / 4, sum = 0, weights = 0;

    for (int i = 0; i < regions->count; i++) {
        const struct region *other = &regions->list[i];
        double dx = (double)other->x / (double)other->area - x, dy = (double)other->y / (double)other->area - y;
        double weight = (double)other->area * reach / (reach + dx * dx + dy * dy) * salience[i].behind;
        sum += weight * tint_distance(region_tint(one), region_tint(other));
        weights += weight;
    }
    return weights > 0 ? sum / weights * (1 - salience[which].behind) : 0;
}

struct salience *salience_make(const struct regions *regions)
{
    struct salience *salience = xcalloc((size_t)regions->count, sizeof(*salience));
    double most = 0;

    for (int i = 0; i < regions->count; i++)
        salience[i].behind = background(&regions->list[i]);
    for (int i = 0; i < regions->count; i++) {
        salience[i].value = stands_out(regions, salience, i);
        most = salience[i].value > most ? salience[i].value : most;
    }
    for (int i = 0; i < regions->count && most > 0; i++)
        salience[i].value /= most;
    return salience;
}
