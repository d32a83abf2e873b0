#include "maps/scene.h"
#include "base/mem.h"
#include "maps/forest.h"

#include <stdlib.h>
#include <string.h>

struct place place_of(const struct regions *regions, const struct region *region)
{
    double width = regions->cells.width, height = regions->cells.height, area = (double)region->area;

    return (struct place){
        .x = ((double)region->x / area + 0.5) / width,
        .y = ((double)region->y / area + 0.5) / height,
        .width = (region->right - region->left + 1) / width,
        .height = (region->bottom - region->top + 1) / height,
        .area = area / (width * height),
        .rough = (double)region->roughness / (2 * area),
        .sides = {region->sides[SIDE_TOP] / width, region->sides[SIDE_RIGHT] / height,
                  region->sides[SIDE_BOTTOM] / width, region->sides[SIDE_LEFT] / height},
    };
}

static bool wider_than_tall(const struct region *region, double factor)
{
    return region->right - region->left + 1 >= factor * (region->bottom - region->top + 1);
}

static bool like_sky(const struct regions *regions, const struct region *region)
{
    struct place place = place_of(regions, region);
    struct tint tint = region_tint(region);
    bool blue = tint.yellow < -6 && tint.red < 12 && tint.light > 30;
    bool pale = tint.light > 170 && tint.yellow <= 2 && tint.red <= 4 && tint_strength(tint) < 40;

    return place.rough < 6 && place.y < 0.65 && place.sides[SIDE_BOTTOM] < 0.2 && (blue || pale);
}

static bool top_of_sky(const struct regions *regions, const struct region *region)
{
    struct place place = place_of(regions, region);

    return place.sides[SIDE_TOP] > 0.1 && place.y < 0.5;
}

/* A piece that something cuts off from the rest of the sky. */
static bool rest_of_sky(const struct scene *scene, const struct region *region)
{
    const struct regions *regions = &scene->regions;

    if (region->sides[SIDE_LEFT] + region->sides[SIDE_RIGHT] == 0 || !like_sky(regions, region))
        return false;
    for (int i = 0; i < regions->count; i++)
        if (top_of_sky(regions, &regions->list[i]) && scene->roles[i] == ROLE_SKY &&
            tint_distance(region_tint(region), region_tint(&regions->list[i])) < 40)
            return true;
    return false;
}

/* From the upper side down, across faint borders alone: a wall below a blue sky may be blue. */
static void find_sky(struct scene *scene)
{
    const struct regions *regions = &scene->regions;
    bool found = true;

    for (int i = 0; i < regions->count; i++)
        if (like_sky(regions, &regions->list[i]) && top_of_sky(regions, &regions->list[i]))
            scene->roles[i] = ROLE_SKY;
    for (int i = 0; i < regions->count; i++)
        if (rest_of_sky(scene, &regions->list[i]))
            scene->roles[i] = ROLE_SKY;
    while (found) {
        found = false;
        for (int i = 0; i < regions->border_count; i++) {
            const struct border *border = &regions->borders[i];
            bool first = scene->roles[border->a] == ROLE_SKY, second = scene->roles[border->b] == ROLE_SKY;
            int other = first ? border->b : border->a;
            if (first == second || border->faint * 3 < border->length || !like_sky(regions, &regions->list[other]))
                continue;
            scene->roles[other] = ROLE_SKY;
            found = true;
        }
    }
}

/* What is along a small part of the upper side alone was no sky: a window, a sheet of paper. */
static void decide_outdoors(struct scene *scene)
{
    const struct regions *regions = &scene->regions;
    double along = 0;

    for (int i = 0; i < regions->count; i++)
        if (scene->roles[i] == ROLE_SKY)
            along += place_of(regions, &regions->list[i]).sides[SIDE_TOP];
    scene->outdoors = along > 0.25;
    for (int i = 0; i < regions->count && !scene->outdoors; i++)
        scene->roles[i] = ROLE_THING;
}

/* Sets of regions that touch one another and whose roles are in: by region the least number of its set. free() it. */
static int *sets_of(const struct scene *scene, bool (*is_in)(enum role role))
{
    int *parents = forest_new(scene->regions.count);

    for (int i = 0; i < scene->regions.border_count; i++) {
        const struct border *border = &scene->regions.borders[i];
        if (!is_in(scene->roles[border->a]) || !is_in(scene->roles[border->b]))
            continue;
        int a = forest_root(parents, border->a), b = forest_root(parents, border->b);
        parents[a < b ? b : a] = a < b ? a : b;
    }
    for (int i = 0; i < scene->regions.count; i++)
        parents[i] = forest_root(parents, i);
    return parents;
}

static bool below_sky(enum role role)
{
    return role != ROLE_SKY;
}

/* What has sky around it and reaches neither the lower side nor far. */
static void find_floating(struct scene *scene)
{
    const struct regions *regions = &scene->regions;
    int *sets = sets_of(scene, below_sky);
    struct region *wholes = xcalloc((size_t)regions->count, sizeof(*wholes));

    for (int i = 0; i < regions->count; i++)
        if (sets[i] == i)
            wholes[i] = regions->list[i];
        else
            region_add(&wholes[sets[i]], &regions->list[i]);
    for (int i = 0; i < regions->count && scene->outdoors; i++) {
        struct place place = place_of(regions, &wholes[sets[i]]);
        if (scene->roles[i] != ROLE_SKY && place.sides[SIDE_BOTTOM] <= 0 && place.area < 0.1 && place.y < 0.6)
            scene->roles[i] = ROLE_FLOATING;
    }
    free(wholes);
    free(sets);
}

static bool is_ground(const struct scene *scene, int which)
{
    const struct region *region = &scene->regions.list[which];
    struct place place = place_of(&scene->regions, region);
    bool aside = place.sides[SIDE_LEFT] + place.sides[SIDE_RIGHT] > 0;
    bool low = place.sides[SIDE_BOTTOM] > 0.05 && place.y > 0.6 &&
               ((aside && wider_than_tall(region, 1.2)) || place.y > 0.85); // shoulders are wide, too
    bool lawn = tint_is_green(region_tint(region)) && place.rough < 4 && place.height < 0.4;
    bool hill = scene->outdoors && aside && place.sides[SIDE_TOP] <= 0 && place.y > 0.45 &&
                (lawn || wider_than_tall(region, 1));

    return low || hill;
}

/* What looks like ground nearby is ground behind something, seen through. */
static bool continues_ground(const struct scene *scene, int which)
{
    const struct regions *regions = &scene->regions;

    if (!scene->outdoors || place_of(regions, &regions->list[which]).y < 0.45)
        return false;
    for (int i = 0; i < regions->count; i++)
        if (is_ground(scene, i) && scene->roles[i] == ROLE_GROUND &&
            tint_distance(region_tint(&regions->list[i]), region_tint(&regions->list[which])) < 8)
            return true;
    return false;
}

/* What a room has most of, also where a thing in front of it or a corner leaves it but one of the picture's sides. */
static bool is_wall(const struct scene *scene, int which)
{
    struct place place = place_of(&scene->regions, &scene->regions.list[which]);
    double along = place.sides[SIDE_TOP] + place.sides[SIDE_LEFT] + place.sides[SIDE_RIGHT];

    return !scene->outdoors && place.area > 0.2 && place.rough < 4 && place.y < 0.6 && along > 0.3;
}

static bool is_backdrop(const struct scene *scene, int which)
{
    const int *sides = scene->regions.list[which].sides;
    bool beside = sides[SIDE_TOP] > 0 || (sides[SIDE_LEFT] > 0 && sides[SIDE_RIGHT] > 0);

    return scene->salience[which].behind > (beside ? 0.4 : 0.75) || is_wall(scene, which);
}

static void find_ground(struct scene *scene)
{
    const struct regions *regions = &scene->regions;

    for (int i = 0; i < regions->count; i++)
        if (scene->roles[i] == ROLE_THING && is_ground(scene, i))
            scene->roles[i] = ROLE_GROUND;
    for (int i = 0; i < regions->count; i++)
        if (scene->roles[i] == ROLE_THING && continues_ground(scene, i))
            scene->roles[i] = ROLE_GROUND;
        else if (scene->roles[i] == ROLE_THING && is_backdrop(scene, i))
            scene->roles[i] = ROLE_BACKDROP;
}

static void find_horizon(struct scene *scene)
{
    int height = scene->regions.cells.height;

    scene->horizon = height;
    for (int i = 0; i < scene->regions.count; i++)
        if (scene->roles[i] == ROLE_GROUND && scene->regions.list[i].top < scene->horizon)
            scene->horizon = scene->regions.list[i].top;
    if (scene->horizon == height)
        scene->horizon = height / 2;
}

bool region_is_skin(const struct region *region)
{
    uint8_t rgb[3];

    region_color(region, rgb);
    int red = rgb[0], green = rgb[1], blue = rgb[2];
    return red >= 110 && red - green >= 20 && red - green <= 75 && green - blue >= 5 && green - blue <= 75;
}

static bool is_thing(enum role role)
{
    return role == ROLE_THING;
}

static void add_to_body(struct scene *scene, int which)
{
    const struct region *region = &scene->regions.list[which];
    struct body *body = &scene->bodies[scene->body_of[which]];

    if (body->whole.area == 0)
        body->whole = *region;
    else
        region_add(&body->whole, region);
    body->salience += scene->salience[which].value * (double)region->area;
}

static void find_bodies(struct scene *scene)
{
    int count = scene->regions.count, *sets = sets_of(scene, is_thing);
    int64_t *skin = xcalloc((size_t)count, sizeof(*skin));

    scene->bodies = xcalloc((size_t)count, sizeof(*scene->bodies));
    for (int i = 0; i < count; i++) {
        scene->body_of[i] = NO_BODY;
        if (scene->roles[i] != ROLE_THING)
            continue;
        scene->body_of[i] = sets[i] == i ? scene->body_count++ : scene->body_of[sets[i]]; // a root is its set's first
        add_to_body(scene, i);
        skin[scene->body_of[i]] += region_is_skin(&scene->regions.list[i]) ? scene->regions.list[i].area : 0;
    }
    for (int i = 0; i < scene->body_count; i++) {
        struct body *body = &scene->bodies[i];
        body->salience /= (double)body->whole.area;
        body->skin = skin[i] * 50 > body->whole.area && skin[i] * 5 < body->whole.area * 3;
    }
    free(skin);
    free(sets);
}

void scene_make(struct scene *scene, const struct bitmap *picture)
{
    memset(scene, 0, sizeof(*scene));
    regions_make(&scene->regions, picture);
    scene->salience = salience_make(&scene->regions);
    scene->roles = xcalloc((size_t)scene->regions.count, sizeof(*scene->roles));
    scene->body_of = xcalloc((size_t)scene->regions.count, sizeof(*scene->body_of));
    find_sky(scene);
    decide_outdoors(scene);
    find_floating(scene);
    find_ground(scene);
    find_horizon(scene);
    find_bodies(scene);
    scene_find_figure(scene);
}

void scene_free(struct scene *scene)
{
    regions_free(&scene->regions);
    free(scene->salience);
    free(scene->roles);
    free(scene->body_of);
    free(scene->bodies);
}
