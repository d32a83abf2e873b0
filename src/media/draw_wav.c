#include "media/draw_wav.h"
#include "base/hash.h"

#include <stddef.h>

enum {
    SAMPLES = WAV_NOTES * WAV_NOTE,
    BYTES = 2, // of a sample
    LOUDEST = 12000,
    FADE_IN = 200, // samples: a note that begins at once clicks
    TURN = 1 << 16,
};

static void put_little(struct buf *out, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(out, (char)(number >> 8 * i));
}

static void put_head(struct buf *out)
{
    buf_lit(out, "RIFF");
    put_little(out, 36 + SAMPLES * BYTES, 4);
    buf_lit(out, "WAVEfmt ");
    put_little(out, 16, 4);
    put_little(out, 1, 2); // PCM
    put_little(out, 1, 2); // one channel
    put_little(out, WAV_RATE, 4);
    put_little(out, WAV_RATE * BYTES, 4);
    put_little(out, BYTES, 2);
    put_little(out, BYTES * 8, 2);
    buf_lit(out, "data");
    put_little(out, SAMPLES * BYTES, 4);
}

/* Nearly a sine: of each half turn a parabola. From -LOUDEST to LOUDEST. */
static int32_t wave(uint32_t turn)
{
    int32_t at = (int32_t)(turn % (TURN / 2)), half = TURN / 2;
    int32_t height = (int32_t)((int64_t)at * (half - at) * 4 * LOUDEST / half / half);

    return turn % TURN < TURN / 2 ? height : -height;
}

/* Struck and dying away. */
static int32_t loudness(int sample)
{
    int rest = WAV_NOTE - sample;
    int32_t full = (int32_t)((int64_t)rest * rest * 256 / WAV_NOTE / WAV_NOTE);

    return sample < FADE_IN ? full * sample / FADE_IN : full;
}

static void put_note(struct buf *out, uint32_t hertz)
{
    for (int sample = 0; sample < WAV_NOTE; sample++) {
        uint32_t turn = (uint32_t)((uint64_t)hertz * TURN * (uint32_t)sample / WAV_RATE);
        put_little(out, (uint32_t)(wave(turn) * loudness(sample) / 256), BYTES);
    }
}

char *draw_wav(const struct drawing *drawing, size_t *len)
{
    static const uint32_t scale[] = {262, 294, 330, 392, 440, 523, 587, 659}; // five notes an octave, from middle C
    struct rng rng = {.key = {drawing->look, 0x6e6f746573}};
    struct buf out = {0};

    buf_reserve(&out, 44 + SAMPLES * BYTES);
    put_head(&out);
    for (int i = 0; i < WAV_NOTES; i++)
        put_note(&out, scale[rng_next(&rng) % (sizeof(scale) / sizeof(*scale))]);
    return buf_take(&out, len);
}
