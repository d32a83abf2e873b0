/* Colours for a picture: what its prompt names ("a red barn at sunset"), else a harmony that its look draws. The same on
 * every machine: + - * / alone. */
#ifndef PAINT_PALETTE_H
#define PAINT_PALETTE_H

#include "image/color.h"

#include <stdint.h>

/* What is drawn with what: a prompt may ask for one ("a watercolor of …"). brush.c has what each does. */
enum style {
    STYLE_OPEN,
    STYLE_PAPER,
    STYLE_GOUACHE,
    STYLE_WATERCOLOR,
    STYLE_PENCIL,
    STYLE_COMIC,
    STYLE_GLASS,
    STYLE_NEON,
    STYLE_PIXEL,
    STYLES
};

/* What an imagined scene is like. */
enum land { LAND_OPEN, LAND_HILLS, LAND_FOREST, LAND_MOUNTAINS, LAND_DESERT, LAND_SEA, LAND_CITY, LANDS };

/* Ramps by what they are for. Those of a harmony come first; whoever needs no such place takes any. Behind them are some
 * between two of these: the air, from the sky down to the horizon, what is far, from the horizon to the ground,
 * and people's skin. */
enum { RAMP_SKY, RAMP_HORIZON, RAMP_GROUND, RAMP_DEEP, RAMP_THING, RAMP_THINGS = 4, RAMPS = RAMP_THING + RAMP_THINGS };
enum {
    RAMP_AIR = RAMPS,
    RAMP_AIRS = 4,
    RAMP_FAR = RAMP_AIR + RAMP_AIRS,
    RAMP_FARS = 2,
    RAMP_SKIN = RAMP_FAR + RAMP_FARS,
    ALL_RAMPS
};

enum { RAMP_TONES = 64, PALETTE_NATURAL = 9 };

/* One colour from its darkest shadow to its brightest light. Tones of one number are about equally bright in all ramps. */
struct ramp {
    struct color tones[RAMP_TONES];
    uint8_t home; /* the tone that is the colour itself */
};

struct palette {
    struct ramp ramps[ALL_RAMPS];
    struct color ink, paper; /* the darkest and the palest of all */
    enum style style;
    enum land land;
};

struct palette_wish {
    const char *prompt, *negative_prompt; /* either may be ""; of each the first 8 KiB count */
    double scale;                         /* 0.1 to 30: from nearly grey over PALETTE_NATURAL to glaring */
    uint64_t look;
};

/* Of the words of the prompt those decide that mean a colour, a time of day, a weather, a place, a material, a style; those
 * of the negative prompt keep their colours and styles away. What they leave open follows from the prompt's text and the
 * look. */
void palette_make(struct palette *palette, const struct palette_wish *wish);

struct color color_mix(struct color from, struct color to, int part, int whole); /* part 0: `from` */
int color_luma(struct color color);                                              /* 0 to 255 */

#endif
