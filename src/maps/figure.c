#include "maps/figure.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Parts of a body's height; from the neck down, parts of what is below it. */
static const double NECK = 0.18, ARM = 0.46;
static const double HIPS = 0.42, KNEES = 0.7, ANKLES = 0.94;

struct stance {
    const struct scene *scene;
    const struct region *box;
    const struct region *face; // NULL: none is to be seen
    double axis;               // half of the trunk's cells are to the left
    double top, height;        // from the top of the head, feet included, also where the picture cuts them off
    double neck;               // the row of neck and shoulders
    double shoulder;           // half of what is between both
    struct figure *figure;
};

/* The sides of a body: by where they are in the picture. */
enum side { ON_THE_LEFT = -1, ON_THE_RIGHT = 1 };

static bool is_body(const struct stance *stance, int x, int y)
{
    const struct scene *scene = stance->scene;
    const struct region *box = stance->box;

    if (x < box->left || y < box->top || x > box->right || y > box->bottom)
        return false;
    return scene->body_of[scene->regions.labels[y * scene->regions.cells.width + x]] == scene->figure.body;
}

static double within(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

static void put(struct stance *stance, enum joint joint, double x, double y)
{
    const struct region *box = stance->box;
    int rows = stance->scene->regions.cells.height;

    stance->figure->joints[joint].there = y < rows;
    stance->figure->joints[joint].x = within(x, box->left, box->right);
    stance->figure->joints[joint].y = within(y, box->top, box->bottom);
}

/* The column that halves the cells between two rows. */
static double median_column(const struct stance *stance, int top, int bottom)
{
    int width = stance->box->right - stance->box->left + 1, count = 0, so_far = 0, column = 0;
    int *columns = xcalloc((size_t)width, sizeof(*columns));

    for (int y = top; y <= bottom; y++)
        for (int x = 0; x < width; x++) {
            bool body = is_body(stance, stance->box->left + x, y);
            columns[x] += body;
            count += body;
        }
    while (column + 1 < width && 2 * (so_far += columns[column]) < count)
        column++;
    free(columns);
    return stance->box->left + column;
}

/* The middle of the run of cells that the axis goes through at a row, and half its width; the axis itself where there is
 * none. */
static double middle_at(const struct stance *stance, double row, double *half)
{
    int left = (int)stance->axis, right = left, y = (int)row;

    while (is_body(stance, left - 1, y))
        left--;
    while (is_body(stance, right + 1, y))
        right++;
    *half = (right - left + 1) / 2.0;
    return (left + right) / 2.0;
}

/* The largest region of that colour which is high up, near the axis, and neither long nor thin. */
static const struct region *find_face(const struct stance *stance)
{
    const struct scene *scene = stance->scene;
    const struct region *face = NULL;
    double width = stance->box->right - stance->box->left + 1, height = stance->box->bottom - stance->box->top + 1;

    for (int i = 0; i < scene->regions.count; i++) {
        const struct region *region = &scene->regions.list[i];
        double x = (double)region->x / (double)region->area, y = (double)region->y / (double)region->area;
        double tall = (double)(region->bottom - region->top + 1) / (region->right - region->left + 1);
        if (scene->body_of[i] != scene->figure.body || !region_is_skin(region) || tall < 0.6 || tall > 2.2 ||
            fabs(x - stance->axis) > 0.3 * width || y > stance->box->top + 0.45 * height ||
            (double)region->area < width * height / 200)
            continue;
        if (!face || region->area > face->area)
            face = region;
    }
    return face;
}

/* The first row with cells near the axis: a hand may be higher. */
static int top_of_head(const struct stance *stance)
{
    double reach = stance->face ? (stance->face->right - stance->face->left) / 2.0
                                : 0.06 * (stance->box->bottom - stance->box->top + 1);
    double middle = stance->face ? (stance->face->left + stance->face->right) / 2.0 : stance->axis;

    for (int y = stance->box->top; y < stance->box->bottom; y++)
        for (int x = (int)(middle - reach); x <= (int)(middle + reach); x++)
            if (is_body(stance, x, y))
                return y;
    return stance->box->top;
}

static void measure(struct stance *stance)
{
    const struct region *box = stance->box;
    int height = box->bottom - box->top + 1, width = box->right - box->left + 1;
    double half;

    stance->axis = median_column(stance, box->top + height / 4, box->top + height * 2 / 3);
    stance->face = find_face(stance);
    stance->top = top_of_head(stance);
    stance->height = box->bottom + 1 - stance->top;
    if (box->sides[SIDE_BOTTOM] * 4 > width) { // cut off: so much of it as of somebody whose head, or breadth, is such
        double whole = stance->face ? 6 * (stance->face->bottom - stance->top) : 2.2 * width;
        stance->height = whole > stance->height ? whole : stance->height;
    }
    stance->neck = stance->top + NECK * stance->height;
    if (stance->face) // a drawing's head is larger than ours
        stance->neck = within(stance->face->bottom + 1, stance->neck, stance->top + 0.3 * stance->height);
    middle_at(stance, stance->neck + 0.04 * stance->height, &half);
    stance->shoulder = within(0.8 * half, 0.07 * stance->height, 0.115 * stance->height);
}

/* Where so much of what is below the neck is above. */
static double row_below(const struct stance *stance, double part)
{
    return stance->neck + part * (stance->top + stance->height - stance->neck);
}

static void put_head(struct stance *stance)
{
    double half, size = stance->neck - stance->top, y = stance->top + 0.48 * size;
    double x = stance->face ? (double)stance->face->x / (double)stance->face->area : middle_at(stance, y, &half);

    x = within(x, stance->axis - stance->shoulder, stance->axis + stance->shoulder);
    put(stance, JOINT_NOSE, x, y);
    put(stance, JOINT_RIGHT_EYE, x - 0.14 * size, y - 0.13 * size);
    put(stance, JOINT_LEFT_EYE, x + 0.14 * size, y - 0.13 * size);
    put(stance, JOINT_RIGHT_EAR, x - 0.32 * size, y - 0.04 * size);
    put(stance, JOINT_LEFT_EAR, x + 0.32 * size, y - 0.04 * size);
    put(stance, JOINT_NECK, (x + stance->axis) / 2, stance->neck);
}

/* Of the cells on one side of the trunk those that are from `least` to `most` away from the shoulder. */
struct reach {
    double x, y; // the shoulder
    enum side side;
    double least, most;
    double sum_x, sum_y, farthest; // found
    int count;
};

static void look_along(const struct stance *stance, struct reach *reach)
{
    double hips = row_below(stance, HIPS);
    int top = (int)(reach->y - ARM * stance->height), bottom = (int)(reach->y + ARM * stance->height);

    for (int y = top; y <= bottom; y++)
        for (int x = stance->box->left; x <= stance->box->right; x++) {
            double beside = (x - stance->axis) * reach->side / stance->shoulder; // lower down are legs
            if (!is_body(stance, x, y) || beside < (y < hips ? 0.9 : 1.4))
                continue;
            double dx = x - reach->x, dy = y - reach->y, way = sqrt(dx * dx + dy * dy);
            if (way < reach->least || way > reach->most)
                continue;
            reach->sum_x += x;
            reach->sum_y += y;
            reach->count++;
            reach->farthest = way > reach->farthest ? way : reach->farthest;
        }
}

/* The hand is what is farthest from the shoulder on that side, the elbow half way along what is there. */
static void put_arm(struct stance *stance, enum side side, enum joint shoulder)
{
    double x = stance->axis + side * stance->shoulder, y = stance->neck;
    double longest = ARM * stance->height;
    struct reach arm = {.x = x, .y = y, .side = side, .most = longest};

    put(stance, shoulder, x, y);
    look_along(stance, &arm);
    if (arm.farthest < 0.4 * longest) { // nothing: it hangs
        put(stance, shoulder + 1, x + side * 0.03 * stance->height, y + 0.17 * stance->height);
        put(stance, shoulder + 2, x + side * 0.04 * stance->height, y + 0.33 * stance->height);
        return;
    }
    struct reach hand = {.x = x, .y = y, .side = side, .least = 0.88 * arm.farthest, .most = arm.farthest};
    struct reach elbow = {.x = x, .y = y, .side = side, .least = 0.42 * arm.farthest, .most = 0.62 * arm.farthest};
    look_along(stance, &hand);
    look_along(stance, &elbow);
    put(stance, shoulder + 2, hand.sum_x / hand.count, hand.sum_y / hand.count);
    if (elbow.count > 0)
        put(stance, shoulder + 1, elbow.sum_x / elbow.count, elbow.sum_y / elbow.count);
    else
        put(stance, shoulder + 1, (x + hand.sum_x / hand.count) / 2, (y + hand.sum_y / hand.count) / 2);
}

/* The mean column of the cells of some rows on one side of `middle`. */
static double leg_at(const struct stance *stance, enum side side, double middle, double row)
{
    int from = (int)(row - 0.02 * stance->height), to = (int)(row + 0.02 * stance->height), count = 0;
    double sum = 0, most = 0.25 * stance->height;

    for (int y = from; y <= to; y++)
        for (int x = stance->box->left; x <= stance->box->right; x++)
            if (is_body(stance, x, y) && (x - middle) * side > 0 && fabs(x - middle) < most) {
                sum += x;
                count++;
            }
    return count > 0 ? sum / count : middle + side * 0.05 * stance->height;
}

static void put_leg(struct stance *stance, enum side side, enum joint hip)
{
    double half, hips = row_below(stance, HIPS), knees = row_below(stance, KNEES), ankles = row_below(stance, ANKLES);
    double middle = (stance->axis + middle_at(stance, hips, &half)) / 2;
    double spread = within(0.6 * half, 0.04 * stance->height, 0.075 * stance->height);

    put(stance, hip, middle + side * spread, hips);
    put(stance, hip + 1, leg_at(stance, side, middle, knees), knees);
    put(stance, hip + 2, leg_at(stance, side, middle, ankles), ankles);
}

bool figure_find(struct figure *figure, const struct scene *scene)
{
    memset(figure, 0, sizeof(*figure));
    if (scene->figure.body == NO_BODY)
        return false;
    struct stance stance = {.scene = scene, .box = &scene->figure.box, .figure = figure};
    measure(&stance);
    put_head(&stance);
    put_arm(&stance, ON_THE_LEFT, JOINT_RIGHT_SHOULDER);
    put_arm(&stance, ON_THE_RIGHT, JOINT_LEFT_SHOULDER);
    put_leg(&stance, ON_THE_LEFT, JOINT_RIGHT_HIP);
    put_leg(&stance, ON_THE_RIGHT, JOINT_LEFT_HIP);
    return true;
}
