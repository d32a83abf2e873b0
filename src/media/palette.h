/* Colours for a picture: what its prompt names ("a red barn at sunset"), else what its look says. */
#ifndef MEDIA_PALETTE_H
#define MEDIA_PALETTE_H

#include <stdint.h>

struct color {
    uint8_t channels[3]; /* red, green, blue */
};

enum { PALETTE_TONES = 256 };

/* From the dark to the pale, in hues of their own. */
struct palette {
    struct color tones[PALETTE_TONES];
};

/* Of the words of `prompt` those that mean a colour, a time of day, a material, decide; of `negative_prompt` those that are
 * to be kept away. Both may be "". What they leave open is drawn from `colors`. Integer arithmetic alone. */
void palette_make(struct palette *palette, const char *prompt, const char *negative_prompt, uint64_t colors);

#endif
