/* A colour as light and two pairs of opposites: differences look about as large as they are, which red, green and blue's
 * do not. */
#ifndef MAPS_TINT_H
#define MAPS_TINT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct tint {
    int light;  /* 0 to 255 */
    int red;    /* against green: -160 to 160 */
    int yellow; /* against blue: -128 to 128 */
};

static inline struct tint tint_of(const uint8_t rgb[3])
{
    int red = rgb[0], green = rgb[1], blue = rgb[2];

    return (struct tint){(2 * red + 5 * green + blue) / 8, (red - green) * 5 / 8, (red + green - 2 * blue) / 4};
}

/* Cheap, for each pixel: the sum of the differences. */
static inline int tint_steps(struct tint a, struct tint b)
{
    return abs(a.light - b.light) + abs(a.red - b.red) + abs(a.yellow - b.yellow);
}

static inline double tint_distance(struct tint a, struct tint b)
{
    int light = a.light - b.light, red = a.red - b.red, yellow = a.yellow - b.yellow;

    return sqrt((double)(light * light + red * red + yellow * yellow));
}

/* How much of a colour it has: 0 of a grey. */
static inline int tint_strength(struct tint tint)
{
    return abs(tint.red) + abs(tint.yellow);
}

static inline bool tint_is_green(struct tint tint)
{
    return tint.red < -12 && tint.yellow > 0;
}

#endif
