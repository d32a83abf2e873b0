#include "paint/palette.h"
#include "base/hash.h"
#include "paint/palette_words.h"

#include <stdbool.h>
#include <string.h>

enum { PLACE_COLORS = 4, AVOIDED_MAX = 16 };

/* Harmonies to begin with, one colour for each ramp. */
static const uint32_t schemes[][RAMPS] = {
    {0x5fa8d3, 0xdcf0fb, 0x62a87c, 0x2d6a4f, 0xe4572e, 0xf3a712, 0xf4e3c1, 0x1b4965}, // a day in summer
    {0x4a4382, 0xf59a6a, 0x7a3b5e, 0x45284a, 0xffb347, 0xe4576a, 0xffe0b0, 0x2f9c95}, // dusk
    {0x9fb8ad, 0xf6e7cb, 0xb5651d, 0x7a4419, 0xd1495b, 0xedae49, 0x00798c, 0x30343f}, // autumn
    {0x2a9d8f, 0xe9f5db, 0x2f5d6b, 0x1d3540, 0xe76f51, 0xf4a261, 0xe9c46a, 0x8ab17d}, // lagoon
    {0xa2d2ff, 0xffe5ec, 0xb8e0d2, 0x95b8d1, 0xffafcc, 0xcdb4db, 0xfff1c9, 0x7f7caf}, // sweets
    {0x8fa6b8, 0xe5e9f0, 0x5e81ac, 0x3b4a5f, 0xbf616a, 0xebcb8b, 0xa3be8c, 0x2e3440}, // north
    {0x9cc5c9, 0xfde2c4, 0xd98e5f, 0xa65a3a, 0x7d3c2f, 0xf2c078, 0x4d8b8a, 0xf7efe0}, // canyon
    {0xb9a2d8, 0xf8e1f4, 0x6a4c93, 0x43295e, 0xff595e, 0xffca3a, 0x8ac926, 0x1982c4}, // fair
    {0x1fb0ae, 0xd7fff1, 0x0b7e5a, 0x084c3a, 0xff6b6b, 0xffd166, 0xf78fb3, 0x0d4f6b}, // island
    {0xbcd4cc, 0xeef3ea, 0x6b9080, 0x3f5e52, 0xcca43b, 0xa44a3f, 0xf6f4d2, 0x2b4a4d}, // park
    {0x31356e, 0x8d8bc7, 0x2f3468, 0x1b1d45, 0xf2b134, 0xed553b, 0xf6d8ae, 0x3caea3}, // lanterns
    {0xd8b4a0, 0xfbe9e1, 0xa26769, 0x6d4a55, 0xd5b9b2, 0xece2d0, 0x582c4d, 0x4f8a8b}, // clay
    {0x3d9be9, 0xd9f0ff, 0x16798c, 0x0e4a5a, 0xffa62b, 0xede7e3, 0xdb5375, 0x82c0cc}, // harbour
    {0xc9cfae, 0xf6f2d5, 0x6f7f3c, 0x38492a, 0xdda15e, 0xbc6c25, 0x8fa3a6, 0xfefae0}, // moss
};

// What glows in the dark.
static const uint32_t neon[RAMPS] = {0x1b1440, 0x4a2374, 0x221d55, 0x15123a, 0xff2fa8, 0x19e3ff, 0xffe14a, 0x8f52ff};

static const uint32_t skins[] = {0xf0c8a6, 0xe2ac84, 0xc98d62, 0x9c6240, 0x6d422b};

enum { SCHEMES = sizeof(schemes) / sizeof(*schemes) };

/* --- colours ------------------------------------------------------------------------------------------------------ */

static struct color color_of(uint32_t rgb)
{
    return (struct color){{(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb}};
}

struct color color_mix(struct color from, struct color to, int part, int whole)
{
    for (int i = 0; i < 3; i++)
        from.channels[i] = (uint8_t)((from.channels[i] * (whole - part) + to.channels[i] * part) / whole);
    return from;
}

int color_luma(struct color color)
{
    return (54 * color.channels[0] + 183 * color.channels[1] + 19 * color.channels[2]) >> 8;
}

static uint8_t clamp_byte(double value)
{
    return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5);
}

/* Further from the grey of its own brightness, or nearer to it. */
static struct color saturated(struct color color, double factor)
{
    int grey = color_luma(color);

    for (int i = 0; i < 3; i++)
        color.channels[i] = clamp_byte(grey + (color.channels[i] - grey) * factor);
    return color;
}

static int square_distance(struct color one, struct color other)
{
    int sum = 0;

    for (int i = 0; i < 3; i++)
        sum += (one.channels[i] - other.channels[i]) * (one.channels[i] - other.channels[i]);
    return sum;
}

struct hsv {
    double hue, saturation, value; /* hue from 0 to 6, the others to 1 */
};

static struct hsv hsv_of(struct color color)
{
    int red = color.channels[0], green = color.channels[1], blue = color.channels[2];
    int most = red > green ? red : green, least = red < green ? red : green;
    double hue;

    most = blue > most ? blue : most;
    least = blue < least ? blue : least;
    if (most == least)
        return (struct hsv){0, 0, most / 255.0};
    double span = most - least;
    if (most == red)
        hue = (green - blue) / span + (green < blue ? 6 : 0);
    else
        hue = most == green ? 2 + (blue - red) / span : 4 + (red - green) / span;
    return (struct hsv){hue, span / most, most / 255.0};
}

static struct color color_of_hsv(struct hsv hsv)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {3, 0, 2}, {2, 0, 1}, {2, 3, 0}, {1, 2, 0}, {0, 2, 3}};
    int sector = (int)hsv.hue % 6;
    double part = hsv.hue - (int)hsv.hue;
    double levels[4] = {hsv.value, hsv.value * (1 - hsv.saturation * (1 - part)), hsv.value * (1 - hsv.saturation),
                        hsv.value * (1 - hsv.saturation * part)};
    struct color color;

    for (int i = 0; i < 3; i++)
        color.channels[i] = clamp_byte(255 * levels[orders[sector][i]]);
    return color;
}

static struct color turned(struct color color, double sixths)
{
    struct hsv hsv = hsv_of(color);

    hsv.hue += sixths + (sixths < 0 ? 6 : 0);
    hsv.hue -= hsv.hue >= 6 ? 6 : 0;
    return color_of_hsv(hsv);
}

/* --- what the words say ------------------------------------------------------------------------------------------- */

struct said {
    struct color colors[WORD_GROUND + 1][PLACE_COLORS];
    int counts[WORD_GROUND + 1];
    struct color others[PLACE_COLORS]; // the second colour of each word that is for anything
    unsigned mood;
    enum style style;
    enum land land;
};

struct avoided {
    struct color colors[AVOIDED_MAX];
    int count;
    unsigned moods, styles; // sets of bits
};

static void read_avoided(struct avoided *avoided, const char *negative_prompt)
{
    const struct word *word;
    struct word_reader reader;

    words_begin(&reader, negative_prompt);
    while ((word = words_next(&reader))) {
        avoided->styles |= 1U << word->style;
        if (word->place == WORD_MOOD)
            avoided->moods |= word->first;
        else if (word->place != WORD_STYLE && avoided->count < AVOIDED_MAX)
            avoided->colors[avoided->count++] = color_of(word->first);
    }
}

/* Of nearly the same hue, or of nearly the same grey. */
static bool alike(struct color one, struct color other)
{
    struct hsv a = hsv_of(one), b = hsv_of(other);
    double turn = a.hue > b.hue ? a.hue - b.hue : b.hue - a.hue;

    if (a.saturation < 0.2 || b.saturation < 0.2)
        return square_distance(one, other) < 70 * 70;
    return turn < 0.7 || turn > 5.3;
}

static bool is_avoided(const struct avoided *avoided, struct color color)
{
    for (int i = 0; i < avoided->count; i++)
        if (alike(avoided->colors[i], color))
            return true;
    return false;
}

static void read_said(struct said *said, const char *prompt, const struct avoided *avoided)
{
    const struct word *word;
    struct word_reader reader;

    words_begin(&reader, prompt);
    while ((word = words_next(&reader))) {
        if (said->style == STYLE_OPEN && !(avoided->styles & 1U << word->style))
            said->style = (enum style)word->style;
        if (said->land == LAND_OPEN)
            said->land = (enum land)word->land;
        if (word->place == WORD_MOOD)
            said->mood |= word->first & ~avoided->moods;
        struct color color = color_of(word->first), other = color_of(word->second);
        if (word->place > WORD_GROUND || is_avoided(avoided, color))
            continue;
        int *count = &said->counts[word->place];
        if (word->place == WORD_ANYWHERE && *count < PLACE_COLORS) {
            said->others[*count] = other;
            said->colors[word->place][(*count)++] = color;
        } else if (*count == 0) { // of several skies the first: two would be neither
            said->colors[word->place][(*count)++] = color;
            said->colors[word->place][(*count)++] = other;
        }
    }
}

/* --- a harmony of eight colours ----------------------------------------------------------------------------------- */

struct chords {
    struct color colors[RAMPS];
};

static int nearest(const uint32_t scheme[RAMPS], struct color color)
{
    int least = INT32_MAX;

    for (int i = 0; i < RAMPS; i++) {
        int distance = square_distance(color_of(scheme[i]), color);
        least = distance < least ? distance : least;
    }
    return least;
}

/* The one that has something like each colour that was said, and none that is to be kept away. Chance decides among those
 * that are about as good, and alone where nothing was said. */
static const uint32_t *choose_scheme(const struct said *said, const struct avoided *avoided, struct rng *rng)
{
    const uint32_t *best = schemes[0];
    int64_t least = INT64_MAX;

    if (said->style == STYLE_NEON)
        return neon;
    for (int i = 0; i < SCHEMES; i++) {
        int64_t cost = (int64_t)(rng_next(rng) % 6000);
        for (int place = 0; place <= WORD_GROUND; place++)
            for (int j = 0; j < said->counts[place]; j++)
                cost += nearest(schemes[i], said->colors[place][j]) / (j + 1);
        for (int j = 0; j < RAMPS; j++)
            cost += is_avoided(avoided, color_of(schemes[i][j])) ? 4000 : 0;
        if (cost < least) {
            least = cost;
            best = schemes[i];
        }
    }
    return best;
}

/* Colours that were said stand where they belong. */
static void place_said(struct chords *chords, const struct said *said)
{
    int things = said->counts[WORD_ANYWHERE];

    if (said->counts[WORD_SKY] > 0)
        memcpy(&chords->colors[RAMP_SKY], said->colors[WORD_SKY], 2 * sizeof(struct color));
    if (said->counts[WORD_GROUND] > 0)
        memcpy(&chords->colors[RAMP_GROUND], said->colors[WORD_GROUND], 2 * sizeof(struct color));
    for (int i = 0; i < things; i++)
        chords->colors[RAMP_THING + i] = said->colors[WORD_ANYWHERE][i];
    for (int i = 0; i < things && things + i < RAMP_THINGS; i++)
        chords->colors[RAMP_THING + things + i] = color_mix(said->others[i], color_of(0xfff6e8), 2 * i + 2, 16);
}

static void tint(struct color *color, struct color to, int part)
{
    struct hsv hsv = hsv_of(color_mix(*color, to, part, 256));
    double value = hsv_of(*color).value;

    hsv.value = (hsv.value + value) / 2; // the hue more than how bright it is
    *color = color_of_hsv(hsv);
}

/* What was not said leans to what was: one light falls on all of it. Night darkens it, too. */
static void unite(struct chords *chords, const struct said *said, int part)
{
    struct color *colors = chords->colors;
    bool sky = said->counts[WORD_SKY] > 0 && said->style != STYLE_NEON, ground = said->counts[WORD_GROUND] > 0;

    if (sky) {
        int dark = color_luma(colors[RAMP_SKY]) < 64 ? 90 : 0;
        for (int i = RAMP_GROUND; i < RAMPS; i++)
            colors[i] = color_mix(colors[i], colors[i % 2 ? RAMP_SKY : RAMP_HORIZON], 40 + dark, 256);
    }
    for (int i = 0; i < RAMP_THING && said->counts[WORD_ANYWHERE] > 0; i++)
        if (i < RAMP_GROUND ? !sky : !ground)
            tint(&colors[i], colors[RAMP_THING], part);
    for (int i = RAMP_THING + said->counts[WORD_ANYWHERE]; i < RAMPS && (sky || ground); i++)
        tint(&colors[i], colors[sky ? RAMP_HORIZON : RAMP_GROUND], part / 2);
}

static void keep_away(struct chords *chords, const struct avoided *avoided)
{
    static const double turns[] = {2, -2, 3, 1, -1, 2.5, -1.5};

    for (int i = 0; i < RAMPS; i++) {
        struct color color = chords->colors[i], moved = color;
        for (size_t j = 0; j < sizeof(turns) / sizeof(*turns) && is_avoided(avoided, moved); j++)
            moved = turned(color, turns[j]);
        if (is_avoided(avoided, moved)) // a grey, or all hues are to be kept away
            moved = color_mix(color, color_of(color_luma(color) < 128 ? 0xc9a98a : 0x56708a), 160, 256);
        chords->colors[i] = moved;
    }
}

static struct color in_mood(struct color color, unsigned mood, double factor)
{
    if (mood & MOOD_VIVID)
        color = saturated(color, 1.35);
    if (mood & MOOD_PASTEL)
        color = color_mix(color, color_of(0xfff8f2), 110, 256);
    if (mood & MOOD_DARK)
        color = color_mix(color, color_of(0x14141c), 110, 256);
    color = saturated(color, mood & (MOOD_GREY | MOOD_SEPIA) ? 0 : factor);
    return mood & MOOD_SEPIA ? color_mix(color, color_of(0xa9783f), 120, 256) : color;
}

/* --- ramps -------------------------------------------------------------------------------------------------------- */

static void make_ramp(struct ramp *ramp, struct color color, const struct palette *palette)
{
    int home = color_luma(color) * RAMP_TONES / 256;
    struct color shadow = color_mix(palette->ink, color, 40, 256), light = color_mix(palette->paper, color, 30, 256);

    home = home < 8 ? 8 : home > RAMP_TONES - 8 ? RAMP_TONES - 8 : home;
    ramp->home = (uint8_t)home;
    for (int i = 0; i < RAMP_TONES; i++)
        ramp->tones[i] =
            i < home ? color_mix(shadow, color, i, home) : color_mix(color, light, i - home, RAMP_TONES - 1 - home);
}

/* "scale for classifier-free guidance": a little of it leaves what the prompt says pale, too much of it glares. */
static double strength_of(double scale)
{
    scale = scale > 0.1 ? scale : 0.1;
    scale = scale < 30 ? scale : 30;
    return scale <= 9 ? 0.2 + 0.8 * scale / 9 : 1 + 0.6 * (scale - 9) / 21;
}

static enum style choose_style(const struct said *said, const struct avoided *avoided, struct rng *rng)
{
    static const enum style usual[] = {STYLE_PAPER, STYLE_GOUACHE, STYLE_WATERCOLOR, STYLE_GOUACHE,
                                       STYLE_PAPER, STYLE_COMIC,   STYLE_PENCIL,     STYLE_GLASS};
    uint64_t first = rng_next(rng);

    if (said->style != STYLE_OPEN)
        return said->style;
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
        enum style style = usual[(first + i) % (sizeof(usual) / sizeof(*usual))];
        if (!(avoided->styles & 1U << style))
            return style;
    }
    return STYLE_PAPER;
}

static void make_ramps(struct palette *palette, const struct chords *chords)
{
    const struct color *colors = chords->colors;

    palette->ink = color_mix(color_of(0x14121f), colors[RAMP_DEEP], 50, 256);
    palette->paper = color_mix(color_of(0xfffbf2), colors[RAMP_HORIZON], 26, 256);
    for (int i = 0; i < RAMPS; i++)
        make_ramp(&palette->ramps[i], colors[i], palette);
    for (int i = 0; i < RAMP_AIRS; i++)
        make_ramp(&palette->ramps[RAMP_AIR + i],
                  color_mix(colors[RAMP_SKY], colors[RAMP_HORIZON], i + 1, RAMP_AIRS + 1), palette);
    for (int i = 0; i < RAMP_FARS; i++)
        make_ramp(&palette->ramps[RAMP_FAR + i],
                  color_mix(colors[RAMP_HORIZON], colors[RAMP_GROUND], i + 1, RAMP_FARS + 1), palette);
}

void palette_make(struct palette *palette, const struct palette_wish *wish)
{
    static const struct hash_key key = {0x70616c65747465, 1};
    uint64_t text = hash_bytes(&key, wish->prompt, strnlen(wish->prompt, WORDS_MAX_TEXT));
    struct rng by_prompt = {.key = {text, wish->look % 3}}, by_look = {.key = {wish->look, 0x636f6c6f7273}};
    struct avoided avoided = {0};
    struct said said = {0};
    struct chords chords;
    double strength = strength_of(wish->scale);

    read_avoided(&avoided, wish->negative_prompt);
    read_said(&said, wish->prompt, &avoided);
    const uint32_t *scheme = choose_scheme(&said, &avoided, &by_prompt);
    for (int i = 0; i < RAMPS; i++) // no two looks have the very same colours
        chords.colors[i] = turned(color_of(scheme[i]), (double)(rng_next(&by_look) % 41) / 100.0 - 0.2);
    place_said(&chords, &said);
    unite(&chords, &said, (int)(90 * strength));
    keep_away(&chords, &avoided);
    for (int i = 0; i < RAMPS; i++)
        chords.colors[i] = in_mood(chords.colors[i], said.mood, strength);
    make_ramps(palette, &chords);
    palette->style = choose_style(&said, &avoided, &by_look);
    palette->land = said.land;
    struct color skin = color_of(skins[rng_next(&by_look) % (sizeof(skins) / sizeof(*skins))]);
    make_ramp(&palette->ramps[RAMP_SKIN], in_mood(skin, said.mood & ~(unsigned)MOOD_VIVID, strength), palette);
}
