#include "maps/borders.h"
#include "maps/forest.h"
#include "maps/regions.h"

#include <math.h>
#include <stdlib.h>

/* Costs are differences of colour, which look the same at 20 or so. */
enum { ROUNDS = 20, SMALL_PART = 400 };

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* What a person would not miss costs least: a faint border, two colours that are alike, a region that is small. One that
 * another encloses belongs there rather than where it only just touches. */
static double cost(const struct regions *regions, const struct border *border)
{
    const struct region *first = &regions->list[border->a], *second = &regions->list[border->b];
    double contrast = (double)border->contrast / border->length;
    double apart = tint_distance(region_tint(first), region_tint(second));
    double bulk = smaller(region_bulk(first), region_bulk(second));
    double small = (double)cells_count(&regions->cells) / SMALL_PART;
    double shared = border->length / smaller(first->perimeter, second->perimeter);

    return (0.75 * contrast + 0.25 * apart) * (bulk + small / 16) / (bulk + small) * (1.25 - 0.5 * shared);
}

/* The least that a merger of each region costs. */
static void find_least(const struct regions *regions, const double *costs, double *least)
{
    for (int i = 0; i < regions->count; i++)
        least[i] = INFINITY;
    for (int i = 0; i < regions->border_count; i++) {
        const struct border *border = &regions->borders[i];
        least[border->a] = smaller(least[border->a], costs[i]);
        least[border->b] = smaller(least[border->b], costs[i]);
    }
}

static void unite(struct regions *regions, int *parents, int a, int b)
{
    int first = forest_root(parents, a), second = forest_root(parents, b);

    if (first == second)
        return;
    parents[second] = first;
    region_add(&regions->list[first], &regions->list[second]);
}

/* Each region with that larger neighbour with which it costs least, below `most`. The smaller one chooses: else one that
 * lies between two would bring them together. */
static void sweep(struct regions *regions, int *parents, double most)
{
    double *costs = xmalloc((size_t)regions->border_count * sizeof(*costs));
    double *least = xmalloc((size_t)regions->count * sizeof(*least));

    for (int i = 0; i < regions->border_count; i++)
        costs[i] = cost(regions, &regions->borders[i]);
    find_least(regions, costs, least);
    for (int i = 0; i < regions->border_count; i++) {
        const struct border *border = &regions->borders[i];
        int which = regions->list[border->a].area < regions->list[border->b].area ? border->a : border->b;
        if (costs[i] < most && costs[i] <= least[which])
            unite(regions, parents, border->a, border->b);
    }
    free(least);
    free(costs);
}

/* The borders as they are between the roots: those that two roots have in several pieces become one. Perimeters are
 * added up anew, without what lay between. */
static void join_borders(struct regions *regions, int *parents)
{
    struct borders borders;

    borders_begin(&borders, regions->count);
    for (int i = 0; i < regions->border_count; i++) {
        struct border border = regions->borders[i];
        border.a = forest_root(parents, border.a);
        border.b = forest_root(parents, border.b);
        if (border.a != border.b)
            borders_add(&borders, &border);
    }
    borders_end(&borders);
    free(regions->borders);
    regions->borders = borders.list;
    regions->border_count = borders.count;
    for (int i = 0; i < regions->count; i++)
        regions->list[i].perimeter = 0;
    for (int i = 0; i < borders.count; i++) {
        regions->list[borders.list[i].a].perimeter += borders.list[i].length;
        regions->list[borders.list[i].b].perimeter += borders.list[i].length;
    }
}

static int count_roots(const int *parents, int count)
{
    int roots = 0;

    for (int i = 0; i < count; i++)
        roots += parents[i] == i;
    return roots;
}

/* Numbers without gaps, and everything measured anew: what was added up on the way is rough. */
static void renumber(struct regions *regions, int *parents)
{
    int *numbers = xcalloc((size_t)regions->count, sizeof(*numbers));
    int next = 0, cells = cells_count(&regions->cells);

    for (int i = 0; i < regions->count; i++)
        if (parents[i] == i)
            numbers[i] = next++;
    for (int i = 0; i < cells; i++)
        regions->labels[i] = numbers[forest_root(parents, regions->labels[i])];
    free(numbers);
    regions->count = next;
    free(regions->list);
    free(regions->borders);
    regions_measure(regions);
}

void regions_merge(struct regions *regions)
{
    int *parents = forest_new(regions->count);
    double most = 0.25;

    for (int i = 0; i < ROUNDS || count_roots(parents, regions->count) > REGIONS_MAX; i++) {
        sweep(regions, parents, most);
        join_borders(regions, parents);
        most *= 1.25; // 17 at last
    }
    renumber(regions, parents);
    free(parents);
}
