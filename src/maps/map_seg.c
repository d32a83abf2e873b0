#include "base/mem.h"
#include "maps/control_map.h"
#include "maps/scene.h"

#include <stdlib.h>
#include <string.h>

/* Of ADE20K's 150 classes those that the rules can name. */
enum ade_class {
    CLASS_WALL,
    CLASS_BUILDING,
    CLASS_SKY,
    CLASS_FLOOR,
    CLASS_TREE,
    CLASS_ROAD,
    CLASS_WINDOW,
    CLASS_GRASS,
    CLASS_CABINET,
    CLASS_PERSON,
    CLASS_EARTH,
    CLASS_DOOR,
    CLASS_TABLE,
    CLASS_PLANT,
    CLASS_CURTAIN,
    CLASS_CHAIR,
    CLASS_CAR,
    CLASS_PAINTING,
    CLASS_SOFA,
    CLASS_SEA,
    CLASS_FENCE,
    CLASS_ROCK,
    CLASS_LAMP,
    CLASS_CUSHION,
    CLASS_BOX,
    CLASS_SIGNBOARD,
    CLASS_SAND,
    CLASS_PATH,
    CLASS_MOUNTAIN,
    CLASS_LIGHT,
};

static const uint8_t colors[][3] = {
    [CLASS_WALL] = {120, 120, 120},   [CLASS_BUILDING] = {180, 120, 120}, [CLASS_SKY] = {6, 230, 230},
    [CLASS_FLOOR] = {80, 50, 50},     [CLASS_TREE] = {4, 200, 3},         [CLASS_ROAD] = {140, 140, 140},
    [CLASS_WINDOW] = {230, 230, 230}, [CLASS_GRASS] = {4, 250, 7},        [CLASS_CABINET] = {224, 5, 255},
    [CLASS_PERSON] = {150, 5, 61},    [CLASS_EARTH] = {120, 120, 70},     [CLASS_DOOR] = {8, 255, 51},
    [CLASS_TABLE] = {255, 6, 82},     [CLASS_PLANT] = {204, 255, 4},      [CLASS_CURTAIN] = {255, 51, 7},
    [CLASS_CHAIR] = {204, 70, 3},     [CLASS_CAR] = {0, 102, 200},        [CLASS_PAINTING] = {255, 6, 51},
    [CLASS_SOFA] = {11, 102, 255},    [CLASS_SEA] = {9, 7, 230},          [CLASS_FENCE] = {255, 184, 6},
    [CLASS_ROCK] = {255, 41, 10},     [CLASS_LAMP] = {224, 255, 8},       [CLASS_CUSHION] = {255, 194, 7},
    [CLASS_BOX] = {0, 255, 20},       [CLASS_SIGNBOARD] = {255, 5, 153},  [CLASS_SAND] = {160, 150, 20},
    [CLASS_PATH] = {255, 31, 0},      [CLASS_MOUNTAIN] = {143, 255, 140}, [CLASS_LIGHT] = {255, 173, 0},
};

/* A region, with all that the rules ask of it. Their numbers were found by eye, on photos and drawings. */
struct patch {
    const struct scene *scene;
    const struct region *region;
    int number;
    enum role role;
    struct place place;
    struct tint tint;
    const struct body *body; /* NULL: it is no thing */
};

static bool warm(const struct patch *patch)
{
    return patch->tint.red > -8 && patch->tint.yellow > 8;
}

static bool sky(const struct patch *patch)
{
    bool cloud = patch->role == ROLE_FLOATING && patch->tint.light > 180 && tint_strength(patch->tint) < 25;

    return patch->role == ROLE_SKY || cloud;
}

static bool light(const struct patch *patch)
{
    return patch->role == ROLE_FLOATING;
}

static bool person(const struct patch *patch)
{
    const struct region *box = &patch->scene->figure.box;
    int64_t x = patch->region->x / patch->region->area, y = patch->region->y / patch->region->area;

    return patch->scene->figure.somebody && patch->body == &patch->scene->bodies[patch->scene->figure.body] &&
           x >= box->left && x <= box->right && y >= box->top && y <= box->bottom;
}

static bool outdoor_ground(const struct patch *patch)
{
    return patch->role == ROLE_GROUND && patch->scene->outdoors;
}

static bool hill(const struct patch *patch)
{
    return outdoor_ground(patch) && patch->place.sides[SIDE_BOTTOM] <= 0 && patch->place.area > 0.005;
}

static bool grass(const struct patch *patch)
{
    return patch->role == ROLE_GROUND && tint_is_green(patch->tint);
}

static bool sea(const struct patch *patch)
{
    return outdoor_ground(patch) && patch->tint.yellow < -8;
}

static bool path(const struct patch *patch)
{
    return outdoor_ground(patch) && patch->place.width < 0.5 &&
           patch->place.sides[SIDE_LEFT] + patch->place.sides[SIDE_RIGHT] <= 0;
}

static bool sand(const struct patch *patch)
{
    return outdoor_ground(patch) && warm(patch) && patch->tint.light > 150;
}

static bool earth(const struct patch *patch)
{
    return outdoor_ground(patch) && warm(patch);
}

static bool road(const struct patch *patch)
{
    return outdoor_ground(patch);
}

static bool floor_indoors(const struct patch *patch)
{
    return patch->role == ROLE_GROUND;
}

/* Under a green thing, narrow: a trunk. */
static bool trunk(const struct patch *patch)
{
    const struct regions *regions = &patch->scene->regions;

    for (int i = 0; i < regions->border_count; i++) {
        const struct border *border = &regions->borders[i];
        if (border->a != patch->number && border->b != patch->number)
            continue;
        int other = border->a == patch->number ? border->b : border->a;
        struct tint tint = region_tint(&regions->list[other]);
        if (patch->scene->roles[other] == ROLE_THING && tint_is_green(tint) &&
            regions->list[other].top < patch->region->top && regions->list[other].area > patch->region->area)
            return true;
    }
    return false;
}

static bool tree(const struct patch *patch)
{
    bool crown = tint_is_green(patch->tint) && (patch->scene->outdoors || patch->place.area > 0.05);

    return crown || (patch->role == ROLE_THING && warm(patch) && trunk(patch));
}

static bool plant(const struct patch *patch)
{
    return tint_is_green(patch->tint);
}

/* So large and so full a body out of doors is built. */
static bool built(const struct patch *patch)
{
    if (!patch->body || !patch->scene->outdoors)
        return false;
    struct place whole = place_of(&patch->scene->regions, &patch->body->whole);
    return whole.area > 0.03 && whole.area > 0.4 * whole.width * whole.height;
}

/* Its own middle is away from the body's sides. */
static bool window(const struct patch *patch)
{
    if (!built(patch) || patch->place.area > 0.02 || tint_strength(patch->tint) > 60)
        return false;
    const struct region *whole = &patch->body->whole;
    return patch->region->left > whole->left && patch->region->right < whole->right &&
           patch->region->bottom < whole->bottom && (patch->tint.yellow < 0 || patch->tint.light < 60);
}

static bool door(const struct patch *patch)
{
    if (!built(patch))
        return false;
    const struct region *region = patch->region, *whole = &patch->body->whole;
    bool at_foot = (whole->bottom - region->bottom) * 10 < whole->bottom - whole->top;
    bool tall = region->bottom - region->top > (region->right - region->left) * 5 / 4;
    return at_foot && tall && patch->region->area * 6 < whole->area;
}

static bool backdrop_outdoors(const struct patch *patch)
{
    return patch->role == ROLE_BACKDROP && patch->scene->outdoors;
}

static bool curtain(const struct patch *patch)
{
    return patch->role == ROLE_BACKDROP && tint_strength(patch->tint) > 45 &&
           patch->place.height > 2 * patch->place.width;
}

static bool wall(const struct patch *patch)
{
    return patch->role == ROLE_BACKDROP;
}

/* The first that holds. */
static const struct {
    bool (*holds)(const struct patch *patch);
    enum ade_class class;
} rules[] = {
    {sky, CLASS_SKY},
    {light, CLASS_LIGHT},
    {person, CLASS_PERSON},
    {hill, CLASS_MOUNTAIN},
    {grass, CLASS_GRASS},
    {sea, CLASS_SEA},
    {path, CLASS_PATH},
    {sand, CLASS_SAND},
    {earth, CLASS_EARTH},
    {road, CLASS_ROAD},
    {floor_indoors, CLASS_FLOOR},
    {tree, CLASS_TREE},
    {plant, CLASS_PLANT},
    {door, CLASS_DOOR},
    {window, CLASS_WINDOW},
    {built, CLASS_BUILDING},
    {backdrop_outdoors, CLASS_BUILDING},
    {curtain, CLASS_CURTAIN},
    {wall, CLASS_WALL},
};

/* Of the rest one is as good as another: by its colour, so that what looks the same is called the same. */
static enum ade_class guess(const struct patch *patch)
{
    static const enum ade_class outdoors[] = {CLASS_CAR, CLASS_FENCE, CLASS_ROCK, CLASS_SIGNBOARD};
    static const enum ade_class large[] = {CLASS_TABLE, CLASS_SOFA, CLASS_CABINET, CLASS_CHAIR};
    static const enum ade_class small[] = {CLASS_LAMP, CLASS_CUSHION, CLASS_BOX, CLASS_PAINTING};
    int light = patch->tint.light / 64, red = (patch->tint.red + 160) / 48, yellow = (patch->tint.yellow + 128) / 48;
    int which = (light + 3 * red + 5 * yellow) % 4;

    return patch->scene->outdoors ? outdoors[which] : patch->place.area > 0.02 ? large[which] : small[which];
}

static enum ade_class class_of(const struct scene *scene, int number)
{
    const struct region *region = &scene->regions.list[number];
    struct patch patch = {
        .scene = scene,
        .region = region,
        .number = number,
        .role = scene->roles[number],
        .place = place_of(&scene->regions, region),
        .tint = region_tint(region),
        .body = scene->body_of[number] == NO_BODY ? NULL : &scene->bodies[scene->body_of[number]],
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].holds(&patch))
            return rules[i].class;
    return guess(&patch);
}

struct bitmap *map_seg(const struct bitmap *picture)
{
    struct bitmap *map = bitmap_new(picture->width, picture->height);
    int *numbers = xmalloc((size_t)picture->width * sizeof(*numbers));
    struct scene scene;

    scene_make(&scene, picture);
    enum ade_class *classes = xmalloc((size_t)scene.regions.count * sizeof(*classes));
    for (int i = 0; i < scene.regions.count; i++)
        classes[i] = class_of(&scene, i);
    for (int y = 0; y < map->height; y++) {
        cells_of_row(&scene.regions.cells, y, numbers);
        for (int x = 0; x < map->width; x++)
            memcpy(bitmap_row(map, y) + 3 * x, colors[classes[scene.regions.labels[numbers[x]]]], 3);
    }
    free(classes);
    free(numbers);
    scene_free(&scene);
    return map;
}
