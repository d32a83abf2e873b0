#include "paint/people.h"
#include "base/hash.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum {
    BRIGHT = 200,   // of a joint's disc: limbs are drawn at 6 tenths
    NOT_BLACK = 60, // of all that belongs to a skeleton
    LEAST_PIXELS = 40,
    LEAST_OF_JOINT = 4,
    ROUNDNESS = 56, // of light, from the lit side of a limb to the other
};

struct point {
    double x, y;
};

static struct point point_of(const struct person *person, enum joint joint)
{
    return (struct point){person->joints[joint].x, person->joints[joint].y};
}

static struct point between(struct point from, struct point to, double part)
{
    return (struct point){from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
}

static double distance(struct point one, struct point other)
{
    double x = one.x - other.x, y = one.y - other.y;

    return sqrt(x * x + y * y);
}

/* --- skeletons ----------------------------------------------------------------------------------------------------- */

void person_stand(struct person *person, int x, int y, int tall, bool waves)
{
    static const int8_t places[JOINTS][2] = {// hundredths of what is tall, from between the feet
                                             {0, 90},  {0, 80},  {-10, 79}, {-14, 64}, {-13, 50}, {10, 79},
                                             {14, 64}, {13, 50}, {-6, 50},  {-7, 27},  {-7, 4},   {6, 50},
                                             {7, 27},  {7, 4},   {-2, 92},  {2, 92},   {-4, 91},  {4, 91}};

    for (int i = 0; i < JOINTS; i++) {
        person->joints[i].x = x + places[i][0] * tall / 100;
        person->joints[i].y = y - places[i][1] * tall / 100;
        person->joints[i].seen = true;
    }
    if (!waves)
        return;
    person->joints[JOINT_RIGHT_ELBOW].x = x - 20 * tall / 100;
    person->joints[JOINT_RIGHT_ELBOW].y = y - 87 * tall / 100;
    person->joints[JOINT_RIGHT_WRIST].x = x - 17 * tall / 100;
    person->joints[JOINT_RIGHT_WRIST].y = y - 103 * tall / 100;
}

/* What one skeleton's pixels add up to, by joint. */
struct sums {
    int64_t x[JOINTS], y[JOINTS];
    int count[JOINTS], pixels;
};

static int brightest(const uint8_t *rgb)
{
    int most = rgb[0] > rgb[1] ? rgb[0] : rgb[1];

    return rgb[2] > most ? rgb[2] : most;
}

/* OpenPose's colours: joint i has the hue of i times 20 degrees, at its fullest. */
static int joint_of(const uint8_t *rgb)
{
    int red = rgb[0], green = rgb[1], blue = rgb[2], most = brightest(rgb);
    int least = red < green ? red : green, hue;

    least = blue < least ? blue : least;
    if (most < BRIGHT || most - least < BRIGHT / 2)
        return -1;
    int span = most - least;
    if (most == red)
        hue = 60 * (green - blue) / span;
    else
        hue = most == green ? 120 + 60 * (blue - red) / span : 240 + 60 * (red - green) / span;
    return (hue + 370) % 360 / 20;
}

/* All pixels that hang together with the one at `start`, which are then done with. */
static void gather(struct sums *sums, const struct bitmap *map, uint8_t *open, uint32_t *stack, size_t start)
{
    size_t width = (size_t)map->width, pixels = width * (size_t)map->height, count = 0;

    stack[count++] = (uint32_t)start;
    open[start] = 0;
    while (count > 0) {
        size_t at = stack[--count], x = at % width;
        int joint = joint_of(map->rgb + 3 * at);
        sums->pixels++;
        if (joint >= 0) {
            sums->x[joint] += (int64_t)x;
            sums->y[joint] += (int64_t)(at / width);
            sums->count[joint]++;
        }
        const size_t next[4] = {x > 0 ? at - 1 : at, x + 1 < width ? at + 1 : at, at >= width ? at - width : at,
                                at + width < pixels ? at + width : at};
        for (int i = 0; i < 4; i++)
            if (open[next[i]]) {
                open[next[i]] = 0;
                stack[count++] = (uint32_t)next[i];
            }
    }
}

static void settle(struct person *person, const struct sums *sums)
{
    *person = (struct person){0};
    for (int i = 0; i < JOINTS; i++) {
        if (sums->count[i] < LEAST_OF_JOINT)
            continue;
        person->joints[i].x = (int)(sums->x[i] / sums->count[i]);
        person->joints[i].y = (int)(sums->y[i] / sums->count[i]);
        person->joints[i].seen = true;
    }
}

int people_read(struct person *people, int max, const struct bitmap *map)
{
    size_t pixels = (size_t)map->width * (size_t)map->height;
    uint8_t *open = xmalloc(pixels);
    uint32_t *stack = xmalloc(pixels * sizeof(*stack));
    int count = 0;

    for (size_t i = 0; i < pixels; i++)
        open[i] = brightest(map->rgb + 3 * i) >= NOT_BLACK;
    for (size_t i = 0; i < pixels && count < max; i++) {
        struct sums sums = {0};
        if (!open[i])
            continue;
        gather(&sums, map, open, stack, i);
        if (sums.pixels >= LEAST_PIXELS)
            settle(&people[count++], &sums);
    }
    free(open);
    free(stack);
    return count;
}

/* --- bodies -------------------------------------------------------------------------------------------------------- */

struct body {
    struct sheet *sheet;
    const struct person *person;
    uint16_t first;
    double torso; // its length, which all else is measured by
};

static int clamp(double value, int most)
{
    return value < 0 ? 0 : value > most ? most : (int)value;
}

/* A limb: as wide as `thick` at one end and `thin` at the other, round at both. */
static void limb(struct body *body, int part, struct point from, struct point to, double thick, double thin)
{
    struct sheet *sheet = body->sheet;
    double x = to.x - from.x, y = to.y - from.y, square = x * x + y * y, most = thick > thin ? thick : thin;
    int left = clamp((from.x < to.x ? from.x : to.x) - most, sheet->width);
    int right = clamp((from.x > to.x ? from.x : to.x) + most + 1, sheet->width);
    int top = clamp((from.y < to.y ? from.y : to.y) - most, sheet->height);
    int bottom = clamp((from.y > to.y ? from.y : to.y) + most + 1, sheet->height);

    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++) {
            double along = square > 0 ? ((column - from.x) * x + (row - from.y) * y) / square : 0;
            along = along < 0 ? 0 : along > 1 ? 1 : along;
            double off_x = column - from.x - x * along, off_y = row - from.y - y * along;
            double radius = thick + (thin - thick) * along;
            if (off_x * off_x + off_y * off_y > radius * radius)
                continue;
            size_t at = sheet_at(sheet, column, row);
            sheet->areas[at] = (uint16_t)(body->first + part);
            sheet->light[at] = (uint8_t)(SHEET_NEUTRAL - (off_x * 0.4 + off_y * 0.5) * ROUNDNESS / (radius + 1));
        }
}

static void ball(struct body *body, int part, struct point at, double radius)
{
    limb(body, part, at, at, radius, radius);
}

static bool seen(const struct person *person, enum joint one, enum joint other)
{
    return person->joints[one].seen && person->joints[other].seen;
}

/* Between two joints, where both are seen; widths in hundredths of the torso. */
static void bone(struct body *body, int part, enum joint from, enum joint to, int thick, int thin)
{
    if (seen(body->person, from, to))
        limb(body, part, point_of(body->person, from), point_of(body->person, to), thick * body->torso / 100,
             thin * body->torso / 100);
}

static struct point hips(const struct person *person)
{
    if (seen(person, JOINT_RIGHT_HIP, JOINT_LEFT_HIP))
        return between(point_of(person, JOINT_RIGHT_HIP), point_of(person, JOINT_LEFT_HIP), 0.5);
    return point_of(person, person->joints[JOINT_RIGHT_HIP].seen ? JOINT_RIGHT_HIP : JOINT_LEFT_HIP);
}

static double torso_of(const struct person *person, const struct sheet *sheet)
{
    if (person->joints[JOINT_NECK].seen &&
        (person->joints[JOINT_RIGHT_HIP].seen || person->joints[JOINT_LEFT_HIP].seen))
        return distance(point_of(person, JOINT_NECK), hips(person)) + 1;
    if (seen(person, JOINT_RIGHT_SHOULDER, JOINT_LEFT_SHOULDER))
        return distance(point_of(person, JOINT_RIGHT_SHOULDER), point_of(person, JOINT_LEFT_SHOULDER)) * 1.4 + 1;
    if (seen(person, JOINT_NECK, JOINT_NOSE))
        return distance(point_of(person, JOINT_NECK), point_of(person, JOINT_NOSE)) * 2.5 + 1;
    return sheet_side(sheet) / 5.0;
}

static void draw_leg(struct body *body, enum joint hip)
{
    const struct person *person = body->person;
    enum joint knee = hip + 1, ankle = hip + 2;

    if (person->joints[ankle].seen) {
        struct point heel = point_of(person, ankle);
        double length = body->torso * 0.16;
        heel.y += body->torso * 0.03;
        struct point toe = {heel.x + (hip == JOINT_RIGHT_HIP ? -length : length), heel.y + length / 3};
        limb(body, PERSON_SHOES, heel, toe, body->torso * 0.09, body->torso * 0.07);
    }
    bone(body, PERSON_TROUSERS, knee, ankle, 13, 9);
    bone(body, PERSON_TROUSERS, hip, knee, 17, 13);
}

static void draw_torso(struct body *body)
{
    enum { STRIPES = 6 };
    const struct person *person = body->person;

    if (!seen(person, JOINT_RIGHT_SHOULDER, JOINT_LEFT_SHOULDER)) {
        if (person->joints[JOINT_NECK].seen && body->torso > 0)
            limb(body, PERSON_SHIRT, point_of(person, JOINT_NECK), hips(person), body->torso * 0.22, body->torso * 0.2);
        return;
    }
    struct point right = point_of(person, JOINT_RIGHT_SHOULDER), left = point_of(person, JOINT_LEFT_SHOULDER);
    struct point right_hip = {right.x + (left.x - right.x) * 0.15, right.y + body->torso};
    struct point left_hip = {right.x + (left.x - right.x) * 0.85, left.y + body->torso};
    if (person->joints[JOINT_RIGHT_HIP].seen)
        right_hip = point_of(person, JOINT_RIGHT_HIP);
    if (person->joints[JOINT_LEFT_HIP].seen)
        left_hip = point_of(person, JOINT_LEFT_HIP);
    for (int i = 0; i <= STRIPES; i++)
        limb(body, PERSON_SHIRT, between(right, left, (double)i / STRIPES),
             between(right_hip, left_hip, (double)i / STRIPES), body->torso * 0.12, body->torso * 0.13);
}

static void draw_arm(struct body *body, enum joint shoulder)
{
    enum joint elbow = shoulder + 1, wrist = shoulder + 2;

    bone(body, PERSON_SKIN, elbow, wrist, 9, 7);
    if (body->person->joints[wrist].seen)
        ball(body, PERSON_SKIN, point_of(body->person, wrist), body->torso * 0.09);
    bone(body, PERSON_SLEEVE, shoulder, elbow, 13, 10);
}

/* Dots in ink: they are what makes it look back. */
static void draw_eye(struct body *body, enum joint eye)
{
    struct sheet *sheet = body->sheet;
    double radius = body->torso * 0.028 + 0.5;
    struct point at = point_of(body->person, eye);

    if (!body->person->joints[eye].seen)
        return;
    for (int y = clamp(at.y - radius, sheet->height); y < clamp(at.y + radius + 1, sheet->height); y++)
        for (int x = clamp(at.x - radius, sheet->width); x < clamp(at.x + radius + 1, sheet->width); x++)
            if ((x - at.x) * (x - at.x) + (y - at.y) * (y - at.y) <= radius * radius)
                sheet->ink[sheet_at(sheet, x, y)] = 255;
}

static void draw_head(struct body *body)
{
    const struct person *person = body->person;
    double torso = body->torso, radius = torso * 0.2;
    struct point neck = point_of(person, JOINT_NECK), head = {neck.x, neck.y - torso * 0.42};

    if (person->joints[JOINT_NOSE].seen)
        head = point_of(person, JOINT_NOSE);
    else if (!person->joints[JOINT_NECK].seen)
        return;
    struct point crown = {head.x, head.y - torso * 0.1};
    ball(body, PERSON_HAIR, crown, radius * 1.18);
    if (person->joints[JOINT_NECK].seen)
        limb(body, PERSON_SKIN, neck, head, torso * 0.08, torso * 0.08);
    limb(body, PERSON_SKIN, (struct point){head.x, head.y - radius * 0.3},
         (struct point){head.x, head.y + radius * 0.25}, radius * 0.95, radius * 0.8);
    draw_eye(body, JOINT_RIGHT_EYE);
    draw_eye(body, JOINT_LEFT_EYE);
}

void person_draw(struct sheet *sheet, const struct person *person, uint16_t first)
{
    struct body body = {sheet, person, first, torso_of(person, sheet)};

    draw_leg(&body, JOINT_RIGHT_HIP);
    draw_leg(&body, JOINT_LEFT_HIP);
    draw_torso(&body);
    draw_arm(&body, JOINT_RIGHT_SHOULDER);
    draw_arm(&body, JOINT_LEFT_SHOULDER);
    draw_head(&body);
}

void person_color(struct sheet *sheet, uint16_t first, const struct palette *palette, uint64_t look)
{
    struct rng rng = {.key = {look, 0x666967757265}};
    uint64_t chance = rng_next(&rng);
    unsigned shirt = chance % RAMP_THINGS, trousers = (unsigned)(chance >> 8) % (RAMP_THINGS - 1);
    const uint8_t ramps[PERSON_AREAS] = {[PERSON_SKIN] = RAMP_SKIN,
                                         [PERSON_HAIR] = RAMP_SKIN,
                                         [PERSON_SHIRT] = (uint8_t)(RAMP_THING + shirt),
                                         [PERSON_SLEEVE] = (uint8_t)(RAMP_THING + shirt),
                                         [PERSON_TROUSERS] =
                                             (uint8_t)(RAMP_THING + (shirt + 1 + trousers) % RAMP_THINGS),
                                         [PERSON_SHOES] = RAMP_DEEP};
    static const int8_t shifts[PERSON_AREAS] = {[PERSON_SLEEVE] = -3, [PERSON_TROUSERS] = -6, [PERSON_SHOES] = -12};

    for (int i = 0; i < PERSON_AREAS; i++) {
        struct area *area = &sheet->list[first + i];
        int level = palette->ramps[ramps[i]].home + shifts[i];
        area->ramp = ramps[i];
        area->level = (uint8_t)(i == PERSON_HAIR ? 6 + chance % 18 : level < 4 ? 4 : level);
        area->height = 250;
        area->even = area->colored = true;
    }
}
