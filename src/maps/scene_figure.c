#include "maps/scene.h"

/* The mean width of a body between two parts of its height. */
static double width_between(const struct scene *scene, int which, double from, double to)
{
    const struct region *whole = &scene->bodies[which].whole;
    int height = whole->bottom - whole->top + 1, columns = scene->regions.cells.width;
    int top = whole->top + (int)(from * height), bottom = whole->top + (int)(to * height), count = 0;

    for (int i = top * columns; i < bottom * columns; i++)
        count += scene->body_of[scene->regions.labels[i]] == which;
    return bottom > top ? (double)count / (bottom - top) : 0;
}

/* What no skin tells from a tower, a lamp post or a tree: below a head are shoulders, at the foot it is neither wider than
 * these nor a mere stem. */
static bool shaped_like_somebody(const struct scene *scene, int which)
{
    double head = width_between(scene, which, 0, 0.125), shoulders = width_between(scene, which, 0.2, 0.35);
    double feet = width_between(scene, which, 0.8, 1);

    return head < 0.75 * shoulders && feet < 1.25 * shoulders && feet > 0.2 * shoulders;
}

/* 0: nobody stands like that. */
static double body_score(const struct scene *scene, int which)
{
    const struct body *body = &scene->bodies[which];
    struct place place = place_of(&scene->regions, &body->whole);
    double upright = (double)(body->whole.bottom - body->whole.top + 1) / (body->whole.right - body->whole.left + 1);
    bool across = place.sides[SIDE_LEFT] > 0 && place.sides[SIDE_RIGHT] > 0;

    if (place.height < 0.2 || place.area < 0.004 || upright < 0.85 || across || place.sides[SIDE_TOP] > 0.05 ||
        !(body->skin || shaped_like_somebody(scene, which)))
        return 0;
    return place.height * (upright < 2 ? upright : 2) * (0.1 + body->salience) * (body->skin ? 4 : 1);
}

/* A region of that colour, rounded, neither low nor at the side; 0: none. */
static double face_score(const struct scene *scene, int which)
{
    const struct region *region = &scene->regions.list[which];
    struct place place = place_of(&scene->regions, region);
    double tall = (double)(region->bottom - region->top + 1) / (region->right - region->left + 1);
    double filled =
        (double)region->area / ((double)(region->bottom - region->top + 1) * (region->right - region->left + 1));
    bool aside = place.sides[SIDE_LEFT] + place.sides[SIDE_RIGHT] + place.sides[SIDE_TOP] > 0;

    if (scene->roles[which] != ROLE_THING || !region_is_skin(region) || place.area < 0.004 || place.area > 0.15 ||
        place.y > 0.6 || tall < 0.8 || tall > 2 || filled < 0.35 || aside)
        return 0;
    return place.area;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* As a painter measures: a body is seven heads high and three wide. */
static struct region around_face(const struct region *face, const struct region *whole)
{
    int head = face->bottom - face->top + 1, middle = (face->left + face->right) / 2;
    struct region box = *whole;

    box.left = larger(whole->left, middle - head * 8 / 5);
    box.right = smaller(whole->right, middle + head * 8 / 5);
    box.top = larger(whole->top, face->top - head * 2 / 3);
    box.bottom = smaller(whole->bottom, face->bottom + head * 6);
    return box;
}

static void take_face(struct scene *scene)
{
    double most = 0;

    for (int i = 0; i < scene->regions.count; i++) {
        double score = face_score(scene, i);
        if (score <= most)
            continue;
        most = score;
        scene->figure.body = scene->body_of[i];
        scene->figure.box = around_face(&scene->regions.list[i], &scene->bodies[scene->body_of[i]].whole);
        scene->figure.somebody = true;
    }
}

void scene_find_figure(struct scene *scene)
{
    double most = 0;

    scene->figure.body = NO_BODY;
    for (int i = 0; i < scene->body_count; i++) {
        double score = body_score(scene, i);
        if (score <= most)
            continue;
        most = score;
        scene->figure.body = i;
        scene->figure.box = scene->bodies[i].whole;
        scene->figure.somebody = scene->bodies[i].skin;
    }
    if (!scene->figure.somebody)
        take_face(scene);
}
