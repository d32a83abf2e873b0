#include "media/palette.h"
#include "base/hash.h"

void palette_make(struct palette *palette, const char *prompt, const char *negative_prompt, uint64_t colors)
{
    struct rng rng = {.key = {colors, 0x636f6c6f7273}};
    uint64_t tint = rng_next(&rng);

    (void)prompt;
    (void)negative_prompt;
    for (int i = 0; i < PALETTE_TONES; i++)
        for (int channel = 0; channel < 3; channel++)
            palette->tones[i].channels[channel] = (uint8_t)((uint64_t)i * (128 + (tint >> 8 * channel & 127)) / 255);
}
