/* Words of a prompt that say what a picture looks like. */
#ifndef PAINT_PALETTE_WORDS_H
#define PAINT_PALETTE_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { WORDS_MAX_TEXT = 8 * 1024 }; /* of a longer text the beginning counts */

enum word_place {
    WORD_ANYWHERE, /* a colour, a material: for whatever the picture is of */
    WORD_SKY,      /* a time of day, a weather: above, and at the horizon */
    WORD_GROUND,   /* a landscape: near, and in its depth */
    WORD_STYLE,    /* no colour, but how it is painted */
    WORD_MOOD,     /* no colour either, but what all colours are like */
};

enum word_mood { MOOD_GREY = 1, MOOD_SEPIA = 2, MOOD_PASTEL = 4, MOOD_VIVID = 8, MOOD_DARK = 16 };

struct word {
    const char *text; /* lower case; a phrase has single spaces */
    enum word_place place;
    uint32_t first, second; /* 0xrrggbb; of a mood the first is of enum word_mood, of a style both are 0 */
    uint8_t style;          /* enum style: STYLE_OPEN where the word does not tell */
    uint8_t land;           /* enum land, likewise */
};

struct word_reader {
    char text[WORDS_MAX_TEXT + 2];
    size_t at;
};

void words_begin(struct word_reader *reader, const char *text);

/* The next known word, in any case and in its plural; of two that begin alike the longer one. NULL: there is none. */
const struct word *words_next(struct word_reader *reader);

#endif
