#include "media/draw_wav.h"
#include "base/hash.h"

#include <stddef.h>

enum {
    BYTES = 2, // of a sample
    LOUDEST = 8000,
    BASS = 5000,
    FADE_IN = 100, // samples: a note that begins at once clicks
    FADE_OUT = WAV_RATE / 5,
    TURN = 1 << 16,
    MELODY_BEATS = 2, // for which a note sounds, dying away, beside the next one
    BASS_BEATS = 4,
    BEATS = WAV_MAX_LENGTH / 250 + 1,
};

/* Five notes an octave; the bass has them one and two octaves lower. */
static const uint16_t scale[] = {262, 294, 330, 392, 440, 523, 587, 659, 784, 880};
static const uint16_t bass[] = {131, 147, 165, 98, 110};

enum { SCALE = sizeof(scale) / sizeof(*scale), BASSES = sizeof(bass) / sizeof(*bass) };

struct melody {
    uint16_t notes[BEATS]; /* hertz */
    uint16_t basses[BEATS / BASS_BEATS + 1];
};

static void put_little(struct buf *out, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(out, (char)(number >> 8 * i));
}

static void put_head(struct buf *out, uint32_t samples)
{
    buf_lit(out, "RIFF");
    put_little(out, 36 + samples * BYTES, 4);
    buf_lit(out, "WAVEfmt ");
    put_little(out, 16, 4);
    put_little(out, 1, 2); // PCM
    put_little(out, 1, 2); // one channel
    put_little(out, WAV_RATE, 4);
    put_little(out, WAV_RATE * BYTES, 4);
    put_little(out, BYTES, 2);
    put_little(out, BYTES * 8, 2);
    buf_lit(out, "data");
    put_little(out, samples * BYTES, 4);
}

/* Nearly a sine: of each half turn a parabola. From -256 to 256. */
static int32_t wave(uint32_t turn)
{
    int32_t at = (int32_t)(turn % (TURN / 2)), half = TURN / 2;
    int32_t height = (int32_t)((int64_t)at * (half - at) * 4 * 256 / half / half);

    return turn % TURN < TURN / 2 ? height : -height;
}

/* A string that was struck `age` samples ago and is silent after `life`: the tone, and softly its octave. From -loudest to
 * loudest. */
static int32_t string(uint32_t hertz, int32_t age, int32_t life, int32_t loudest)
{
    uint32_t turn = (uint32_t)((uint64_t)hertz * TURN * (uint32_t)age / WAV_RATE);
    int32_t rest = life - age, height = wave(turn) * 3 + wave(2 * turn);
    int32_t loudness = (int32_t)((int64_t)rest * rest * loudest / life / life);

    if (age < FADE_IN)
        loudness = loudness * age / FADE_IN;
    return height * loudness / 1024;
}

/* A walk up and down the scale. */
static struct melody compose(uint64_t look)
{
    struct rng rng = {.key = {look, 0x6e6f746573}};
    struct melody melody;
    int place = (int)(rng_next(&rng) % SCALE);

    for (int beat = 0; beat < BEATS; beat++) {
        int step = (int)(rng_next(&rng) % 5) - 2;
        place = place + step < 0 || place + step >= (int)SCALE ? place - step : place + step;
        melody.notes[beat] = scale[place];
    }
    for (int bar = 0; bar < BEATS / BASS_BEATS + 1; bar++)
        melody.basses[bar] = bass[rng_next(&rng) % BASSES];
    return melody;
}

static int32_t sound_at(const struct melody *melody, int32_t sample, int32_t samples)
{
    const int32_t bar = BASS_BEATS * WAV_BEAT;
    int32_t height = string(melody->basses[sample / bar], sample % bar, bar, BASS);

    for (int32_t before = 0; before < MELODY_BEATS && before <= sample / WAV_BEAT; before++)
        height += string(melody->notes[sample / WAV_BEAT - before], sample % WAV_BEAT + before * WAV_BEAT,
                         MELODY_BEATS * WAV_BEAT, LOUDEST);
    return samples - sample < FADE_OUT ? height * (samples - sample) / FADE_OUT : height;
}

char *draw_wav(const struct drawing *drawing, size_t *len)
{
    uint32_t length = drawing->length > 0 ? drawing->length : WAV_LENGTH;
    uint32_t samples = (length < WAV_MAX_LENGTH ? length : WAV_MAX_LENGTH) * WAV_RATE / 1000;
    struct melody melody = compose(drawing->look);
    struct buf out = {0};

    buf_reserve(&out, 44 + samples * BYTES);
    put_head(&out, samples);
    for (uint32_t sample = 0; sample < samples; sample++)
        put_little(&out, (uint32_t)sound_at(&melody, (int32_t)sample, (int32_t)samples), BYTES);
    return buf_take(&out, len);
}
