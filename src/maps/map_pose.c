#include "maps/control_map.h"
#include "maps/figure.h"

#include <math.h>

/* As controlnet_aux draws it: limbs are ellipses in these colours, at six tenths, and over them joints in the full colour. */
enum { LIMBS = JOINTS - 1, STICK = 4, DISC = 4 };

static const struct {
    enum joint from, to;
} limbs[LIMBS] = {
    {JOINT_NECK, JOINT_RIGHT_SHOULDER},
    {JOINT_NECK, JOINT_LEFT_SHOULDER},
    {JOINT_RIGHT_SHOULDER, JOINT_RIGHT_ELBOW},
    {JOINT_RIGHT_ELBOW, JOINT_RIGHT_WRIST},
    {JOINT_LEFT_SHOULDER, JOINT_LEFT_ELBOW},
    {JOINT_LEFT_ELBOW, JOINT_LEFT_WRIST},
    {JOINT_NECK, JOINT_RIGHT_HIP},
    {JOINT_RIGHT_HIP, JOINT_RIGHT_KNEE},
    {JOINT_RIGHT_KNEE, JOINT_RIGHT_ANKLE},
    {JOINT_NECK, JOINT_LEFT_HIP},
    {JOINT_LEFT_HIP, JOINT_LEFT_KNEE},
    {JOINT_LEFT_KNEE, JOINT_LEFT_ANKLE},
    {JOINT_NECK, JOINT_NOSE},
    {JOINT_NOSE, JOINT_RIGHT_EYE},
    {JOINT_RIGHT_EYE, JOINT_RIGHT_EAR},
    {JOINT_NOSE, JOINT_LEFT_EYE},
    {JOINT_LEFT_EYE, JOINT_LEFT_EAR},
};

static const uint8_t colors[JOINTS][3] = {
    {255, 0, 0}, {255, 85, 0}, {255, 170, 0}, {255, 255, 0}, {170, 255, 0}, {85, 255, 0},
    {0, 255, 0}, {0, 255, 85}, {0, 255, 170}, {0, 255, 255}, {0, 170, 255}, {0, 85, 255},
    {0, 0, 255}, {85, 0, 255}, {170, 0, 255}, {255, 0, 255}, {255, 0, 170}, {255, 0, 85},
};

struct point {
    int x, y;
};

static void dot(struct bitmap *map, int x, int y, const uint8_t color[3], int tenths)
{
    if (x < 0 || y < 0 || x >= map->width || y >= map->height)
        return;
    for (int i = 0; i < 3; i++)
        bitmap_row(map, y)[3 * x + i] = (uint8_t)(color[i] * tenths / 10);
}

/* An ellipse from joint to joint, STICK to each side at its middle. */
static void draw_limb(struct bitmap *map, struct point from, struct point to, const uint8_t color[3])
{
    double dx = to.x - from.x, dy = to.y - from.y, length = sqrt(dx * dx + dy * dy);
    double middle_x = (from.x + to.x) / 2.0, middle_y = (from.y + to.y) / 2.0, half = length / 2;
    int reach = (int)half + STICK + 1;

    if (length < 1)
        return;
    for (int y = (int)middle_y - reach; y <= (int)middle_y + reach; y++)
        for (int x = (int)middle_x - reach; x <= (int)middle_x + reach; x++) {
            double along = ((x - middle_x) * dx + (y - middle_y) * dy) / length / half;
            double aside = ((x - middle_x) * dy - (y - middle_y) * dx) / length / STICK;
            if (along * along + aside * aside <= 1)
                dot(map, x, y, color, 6);
        }
}

static void draw_disc(struct bitmap *map, struct point middle, const uint8_t color[3])
{
    for (int dy = -DISC; dy <= DISC; dy++)
        for (int dx = -DISC; dx <= DISC; dx++)
            if (dx * dx + dy * dy <= DISC * DISC)
                dot(map, middle.x + dx, middle.y + dy, color, 10);
}

static void draw_figure(struct bitmap *map, const struct figure *figure, int step)
{
    struct point points[JOINTS];

    for (int i = 0; i < JOINTS; i++)
        points[i] =
            (struct point){(int)((figure->joints[i].x + 0.5) * step), (int)((figure->joints[i].y + 0.5) * step)};
    for (int i = 0; i < LIMBS; i++)
        if (figure->joints[limbs[i].from].there && figure->joints[limbs[i].to].there)
            draw_limb(map, points[limbs[i].from], points[limbs[i].to], colors[i]);
    for (int i = 0; i < JOINTS; i++)
        if (figure->joints[i].there)
            draw_disc(map, points[i], colors[i]);
}

struct bitmap *map_pose(const struct bitmap *picture)
{
    struct bitmap *map = bitmap_new(picture->width, picture->height);
    struct figure figure;
    struct scene scene;

    scene_make(&scene, picture);
    if (figure_find(&figure, &scene))
        draw_figure(map, &figure, scene.regions.cells.step);
    scene_free(&scene);
    return map;
}
