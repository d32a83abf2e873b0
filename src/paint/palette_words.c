#include "paint/palette_words.h"
#include "paint/palette.h"

#include <stdbool.h>
#include <string.h>

#define COLOR(text, color)                                                                                             \
    {                                                                                                                  \
        text, WORD_ANYWHERE, color, color, STYLE_OPEN, LAND_OPEN                                                       \
    }
#define PAIR(text, color, other)                                                                                       \
    {                                                                                                                  \
        text, WORD_ANYWHERE, color, other, STYLE_OPEN, LAND_OPEN                                                       \
    }
#define SKY(text, above, horizon)                                                                                      \
    {                                                                                                                  \
        text, WORD_SKY, above, horizon, STYLE_OPEN, LAND_OPEN                                                          \
    }
#define LIT(text, above, horizon, how)                                                                                 \
    {                                                                                                                  \
        text, WORD_SKY, above, horizon, how, LAND_CITY                                                                 \
    }
#define GROUND(text, near, deep, land)                                                                                 \
    {                                                                                                                  \
        text, WORD_GROUND, near, deep, STYLE_OPEN, land                                                                \
    }
#define STYLE(text, style)                                                                                             \
    {                                                                                                                  \
        text, WORD_STYLE, 0, 0, style, LAND_OPEN                                                                       \
    }
#define MOOD(text, mood)                                                                                               \
    {                                                                                                                  \
        text, WORD_MOOD, mood, 0, STYLE_OPEN, LAND_OPEN                                                                \
    }

static const struct word words[] = {
    COLOR("red", 0xcf2430),
    COLOR("scarlet", 0xd7261e),
    COLOR("crimson", 0xa8152f),
    COLOR("maroon", 0x6d1a2d),
    COLOR("ruby", 0xb0123c),
    COLOR("coral", 0xff7f63),
    COLOR("salmon", 0xf58d78),
    COLOR("orange", 0xf07b1d),
    COLOR("tangerine", 0xf58a1f),
    COLOR("apricot", 0xf6b483),
    COLOR("peach", 0xf8bd96),
    COLOR("amber", 0xeaa12a),
    COLOR("yellow", 0xf4cf2e),
    COLOR("lemon", 0xf5df4d),
    COLOR("mustard", 0xc99a2c),
    PAIR("gold", 0xd9a520, 0x8f6a1a),
    PAIR("golden", 0xe0ad2f, 0xa5781f),
    COLOR("lime", 0xa4d13a),
    COLOR("olive", 0x77803a),
    COLOR("green", 0x3a9a4a),
    COLOR("emerald", 0x159a68),
    COLOR("mint", 0x9fdcc0),
    COLOR("sage", 0x98a98a),
    COLOR("jade", 0x2fa07a),
    COLOR("teal", 0x12807f),
    COLOR("turquoise", 0x3cc4bd),
    COLOR("aqua", 0x4ad0d8),
    COLOR("cyan", 0x22b8d6),
    COLOR("azure", 0x3a8fe0),
    COLOR("blue", 0x2a5fd0),
    COLOR("navy", 0x1b2a5c),
    COLOR("cobalt", 0x1f46a8),
    COLOR("sapphire", 0x1d4cae),
    COLOR("indigo", 0x3f3aa0),
    COLOR("violet", 0x7d46c0),
    COLOR("purple", 0x7a3aa5),
    COLOR("lavender", 0xb3a2dc),
    COLOR("lilac", 0xc4a5d8),
    COLOR("magenta", 0xd02a8e),
    COLOR("fuchsia", 0xd72a94),
    COLOR("pink", 0xf07aa8),
    COLOR("rose", 0xe0607e),
    COLOR("brown", 0x7c4f2e),
    COLOR("chestnut", 0x81452b),
    COLOR("chocolate", 0x5b3420),
    COLOR("coffee", 0x6a4632),
    COLOR("tan", 0xcda777),
    COLOR("beige", 0xe3d3b2),
    COLOR("cream", 0xf5e8c8),
    COLOR("ivory", 0xf4edda),
    COLOR("white", 0xf5f5f2),
    COLOR("silver", 0xb9c0c6),
    COLOR("grey", 0x8a9094),
    COLOR("gray", 0x8a9094),
    COLOR("charcoal", 0x383c42),
    COLOR("black", 0x1b1b20),

    SKY("sunset", 0x5a4a8c, 0xff9454),
    SKY("dusk", 0x3f3f75, 0xe0876f),
    SKY("twilight", 0x35366b, 0xc88ab0),
    SKY("evening", 0x46497f, 0xeaa27a),
    SKY("sunrise", 0x7d9bd0, 0xffc08a),
    SKY("dawn", 0x8aa4cf, 0xfbc7ab),
    SKY("morning", 0x86b9e0, 0xfde6bf),
    SKY("noon", 0x4b9fe3, 0xcfeaf8),
    SKY("day", 0x5fa9e0, 0xd5ecf7),
    SKY("sunny", 0x4aa3e6, 0xfdf0c0),
    SKY("golden hour", 0xd9a066, 0xffd07a),
    SKY("night", 0x131a3a, 0x34457c),
    SKY("midnight", 0x0d1230, 0x262f63),
    SKY("moonlight", 0x1a2650, 0x7a91bd),
    SKY("moon", 0x1a2450, 0x6f83b3),
    SKY("starry", 0x141a44, 0x43549a),
    SKY("star", 0x151b45, 0x43549a),
    SKY("galaxy", 0x1a1440, 0x7a3f9a),
    SKY("nebula", 0x24124a, 0xb04a98),
    SKY("space", 0x0f1030, 0x4a3a7c),
    SKY("cosmic", 0x1a1145, 0x8a45a8),
    SKY("aurora", 0x10244a, 0x38c99a),
    SKY("fog", 0xb6c1c6, 0xe4e8e6),
    SKY("foggy", 0xb6c1c6, 0xe4e8e6),
    SKY("mist", 0xb2c2c5, 0xe6ebe6),
    SKY("misty", 0xb2c2c5, 0xe6ebe6),
    SKY("haze", 0xcdc3b5, 0xefe4d2),
    SKY("rain", 0x657885, 0xa9b8bf),
    SKY("rainy", 0x657885, 0xa9b8bf),
    SKY("storm", 0x3d4656, 0x8a949c),
    SKY("stormy", 0x3d4656, 0x8a949c),
    SKY("thunder", 0x383f54, 0x8f8fa8),
    SKY("lightning", 0x30345a, 0xa9a0e0),
    SKY("cloud", 0x7fa5c6, 0xe9eff3),
    SKY("cloudy", 0x93a6b5, 0xdbe2e6),
    SKY("sky", 0x57a4de, 0xd3eaf6),
    SKY("sun", 0x5aa7e2, 0xffe39a),
    SKY("rainbow", 0x6ab6ea, 0xf3d6ee),
    LIT("vaporwave", 0x4a2a8c, 0xff71ce, STYLE_NEON),
    LIT("synthwave", 0x2a1458, 0xff4fa0, STYLE_NEON),
    LIT("cyberpunk", 0x1a1038, 0xc02a8c, STYLE_NEON),

    GROUND("forest", 0x3f7d4a, 0x1f4a32, LAND_FOREST),
    GROUND("jungle", 0x2f8a45, 0x124a34, LAND_FOREST),
    GROUND("wood", 0x9a6a3f, 0x5a3a24, LAND_FOREST),
    GROUND("wooden", 0x9a6a3f, 0x5a3a24, LAND_FOREST),
    GROUND("tree", 0x4a8a46, 0x29532f, LAND_FOREST),
    GROUND("leaf", 0x5d9c42, 0x2f6532, LAND_FOREST),
    GROUND("leaves", 0x6d9c3c, 0x3a6532, LAND_FOREST),
    GROUND("grass", 0x72a848, 0x3c7040, LAND_HILLS),
    GROUND("meadow", 0x86b04c, 0x47803f, LAND_HILLS),
    GROUND("field", 0xb5a94e, 0x6c7f3c, LAND_HILLS),
    GROUND("garden", 0x6ba54c, 0x2f6d45, LAND_HILLS),
    GROUND("hill", 0x7aa658, 0x3f6e4a, LAND_HILLS),
    GROUND("mountain", 0x74869a, 0x3d4b62, LAND_MOUNTAINS),
    GROUND("rock", 0x8b857d, 0x4f4b49, LAND_MOUNTAINS),
    GROUND("stone", 0x96928a, 0x5a5753, LAND_OPEN),
    GROUND("castle", 0x9a9187, 0x57504d, LAND_CITY),
    GROUND("city", 0x76808e, 0x39414f, LAND_CITY),
    GROUND("street", 0x7d7f86, 0x41434b, LAND_CITY),
    GROUND("concrete", 0xa2a29d, 0x62625f, LAND_CITY),
    GROUND("desert", 0xdba964, 0xa5663a, LAND_DESERT),
    GROUND("sand", 0xe0bf86, 0xb08a56, LAND_DESERT),
    GROUND("beach", 0xe9cf9c, 0x3aa0ae, LAND_SEA),
    GROUND("dune", 0xdcae6c, 0xa9713f, LAND_DESERT),
    GROUND("ocean", 0x1f7fa6, 0x0e4468, LAND_SEA),
    GROUND("sea", 0x2a86a8, 0x124d6e, LAND_SEA),
    GROUND("water", 0x3f94b5, 0x1b5878, LAND_SEA),
    GROUND("underwater", 0x1b8a9e, 0x0b3f62, LAND_SEA),
    GROUND("river", 0x4798b5, 0x2c6b58, LAND_SEA),
    GROUND("lake", 0x3f8fb0, 0x20586f, LAND_SEA),
    GROUND("wave", 0x2b8db0, 0x114f74, LAND_SEA),
    GROUND("snow", 0xeaf1f6, 0x9fb8cc, LAND_MOUNTAINS),
    GROUND("snowy", 0xeaf1f6, 0x9fb8cc, LAND_MOUNTAINS),
    GROUND("winter", 0xdfe9f0, 0x8aa5ba, LAND_FOREST),
    GROUND("ice", 0xc5e5f0, 0x6fa9c4, LAND_MOUNTAINS),
    GROUND("icy", 0xc5e5f0, 0x6fa9c4, LAND_MOUNTAINS),
    GROUND("frozen", 0xcbe6f0, 0x74a8c4, LAND_MOUNTAINS),
    GROUND("glacier", 0xbfe2ee, 0x5f9fbd, LAND_MOUNTAINS),
    GROUND("spring", 0x9cc765, 0x5aa06a, LAND_OPEN),
    GROUND("summer", 0x86b84a, 0x3d8a52, LAND_OPEN),
    GROUND("autumn", 0xcf7a2b, 0x8a3b22, LAND_FOREST),
    GROUND("fall", 0xcf7a2b, 0x8a3b22, LAND_FOREST),
    GROUND("swamp", 0x6a7a45, 0x36452f, LAND_FOREST),
    GROUND("moss", 0x7a9145, 0x42562f, LAND_OPEN),
    GROUND("volcano", 0x5a3a38, 0x2b1d22, LAND_MOUNTAINS),

    PAIR("fire", 0xf2641c, 0xf9b32f),
    PAIR("flame", 0xf2641c, 0xf9b32f),
    PAIR("lava", 0xe8431a, 0x3a1f22),
    PAIR("brick", 0xa9503a, 0x7a3527),
    PAIR("rust", 0xa8532a, 0x6b3320),
    PAIR("rusty", 0xa8532a, 0x6b3320),
    PAIR("copper", 0xb8703f, 0x4f9a86),
    PAIR("bronze", 0x9a6f36, 0x5f4526),
    PAIR("metal", 0xa4adb5, 0x59636d),
    PAIR("steel", 0x8d9aa6, 0x4d5963),
    PAIR("chrome", 0xc3ccd4, 0x5f6a76),
    PAIR("robot", 0x9aa8b5, 0xe08a3a),
    PAIR("clay", 0xbf7d5a, 0x8a5238),
    PAIR("terracotta", 0xc8694a, 0x8f4630),
    PAIR("marble", 0xe8e6e1, 0xa9a9ad),
    PAIR("glass", 0xa9d5dd, 0x5b9fb0),
    PAIR("crystal", 0xa8d8ee, 0xb79be0),
    PAIR("pearl", 0xefe8e3, 0xd3c9d8),
    PAIR("leather", 0x8a5533, 0x53331f),
    PAIR("honey", 0xe2a02f, 0xb0701f),
    PAIR("cherry blossom", 0xf6b5c8, 0xe07f9f),
    PAIR("blossom", 0xf5b8c9, 0xe388a4),
    PAIR("sakura", 0xf6b5c8, 0xe07f9f),
    PAIR("cherry", 0xb81c3a, 0x7a1230),
    PAIR("strawberry", 0xdc2f4a, 0x4f9a45),
    PAIR("sunflower", 0xf2b824, 0x6b4a24),
    PAIR("pumpkin", 0xe57f22, 0x8f4a1c),
    PAIR("flower", 0xe56a93, 0xf2c14a),
    PAIR("tulip", 0xe0405f, 0xf0b33a),
    PAIR("blood", 0x8f0f1e, 0x4a0a14),
    PAIR("candy", 0xff8fb8, 0x7fd0e8),
    PAIR("turtle", 0x5f8f4a, 0xa58a4a),
    PAIR("frog", 0x5fae3f, 0xc8d65a),
    PAIR("fox", 0xd8722a, 0xf3e3cf),
    PAIR("lion", 0xcf9a45, 0x8a5526),
    PAIR("tiger", 0xe0862a, 0x2a2322),
    PAIR("flamingo", 0xf58aa5, 0xf4b3a5),
    PAIR("dragon", 0x8f2a2f, 0x3f7a4f),

    STYLE("watercolor", STYLE_WATERCOLOR),
    STYLE("watercolour", STYLE_WATERCOLOR),
    STYLE("aquarelle", STYLE_WATERCOLOR),
    STYLE("oil painting", STYLE_GOUACHE),
    STYLE("oil", STYLE_GOUACHE),
    STYLE("acrylic", STYLE_GOUACHE),
    STYLE("gouache", STYLE_GOUACHE),
    STYLE("impressionist", STYLE_GOUACHE),
    STYLE("impressionism", STYLE_GOUACHE),
    STYLE("van gogh", STYLE_GOUACHE),
    STYLE("monet", STYLE_GOUACHE),
    STYLE("painting", STYLE_GOUACHE),
    STYLE("sketch", STYLE_PENCIL),
    STYLE("pencil", STYLE_PENCIL),
    STYLE("drawing", STYLE_PENCIL),
    STYLE("crayon", STYLE_PENCIL),
    STYLE("chalk", STYLE_PENCIL),
    STYLE("etching", STYLE_PENCIL),
    STYLE("comic", STYLE_COMIC),
    STYLE("cartoon", STYLE_COMIC),
    STYLE("manga", STYLE_COMIC),
    STYLE("anime", STYLE_COMIC),
    STYLE("pop art", STYLE_COMIC),
    STYLE("poster", STYLE_COMIC),
    STYLE("stained glass", STYLE_GLASS),
    STYLE("mosaic", STYLE_GLASS),
    STYLE("neon", STYLE_NEON),
    STYLE("glowing", STYLE_NEON),
    STYLE("pixel art", STYLE_PIXEL),
    STYLE("pixel", STYLE_PIXEL),
    STYLE("pixelated", STYLE_PIXEL),
    STYLE("8 bit", STYLE_PIXEL),
    STYLE("voxel", STYLE_PIXEL),
    STYLE("minecraft", STYLE_PIXEL),
    STYLE("paper", STYLE_PAPER),
    STYLE("papercut", STYLE_PAPER),
    STYLE("origami", STYLE_PAPER),
    STYLE("flat", STYLE_PAPER),
    STYLE("minimalist", STYLE_PAPER),
    STYLE("vector", STYLE_PAPER),

    MOOD("black and white", MOOD_GREY),
    MOOD("monochrome", MOOD_GREY),
    MOOD("grayscale", MOOD_GREY),
    MOOD("greyscale", MOOD_GREY),
    MOOD("noir", MOOD_GREY | MOOD_DARK),
    MOOD("sepia", MOOD_SEPIA),
    MOOD("vintage", MOOD_SEPIA),
    MOOD("daguerreotype", MOOD_SEPIA),
    MOOD("pastel", MOOD_PASTEL),
    MOOD("soft", MOOD_PASTEL),
    MOOD("pale", MOOD_PASTEL),
    MOOD("dreamy", MOOD_PASTEL),
    MOOD("vivid", MOOD_VIVID),
    MOOD("vibrant", MOOD_VIVID),
    MOOD("colorful", MOOD_VIVID),
    MOOD("colourful", MOOD_VIVID),
    MOOD("saturated", MOOD_VIVID),
    MOOD("psychedelic", MOOD_VIVID),
    MOOD("dark", MOOD_DARK),
    MOOD("gloomy", MOOD_DARK),
    MOOD("gothic", MOOD_DARK),
    MOOD("shadowy", MOOD_DARK),
};

/* Letters in lower case, digits, bytes of UTF-8; all between them is one space. */
static bool is_of_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

void words_begin(struct word_reader *reader, const char *text)
{
    char *out = reader->text;

    for (size_t i = 0; i < WORDS_MAX_TEXT && text[i]; i++) {
        char c = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
        if (is_of_word((unsigned char)c))
            *out++ = c;
        else if (out > reader->text && out[-1] != ' ')
            *out++ = ' ';
    }
    *out = '\0';
    reader->at = 0;
}

/* How long it is where `text` begins with it, in singular or plural, as a whole word; else 0. */
static size_t matched(const char *text, const char *word)
{
    static const char *const endings[] = {"", "s", "es"};
    size_t len = strlen(word);

    if (*text != *word || strncmp(text, word, len) != 0)
        return 0;
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        size_t whole = len + strlen(endings[i]);
        if (strncmp(text + len, endings[i], strlen(endings[i])) == 0 && !is_of_word((unsigned char)text[whole]))
            return whole;
    }
    return 0;
}

const struct word *words_next(struct word_reader *reader)
{
    const struct word *found = NULL;

    while (!found && reader->text[reader->at]) {
        const char *text = reader->text + reader->at;
        size_t len = 0;
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
            size_t candidate = matched(text, words[i].text);
            if (candidate > len) {
                len = candidate;
                found = &words[i];
            }
        }
        len = found ? len : strcspn(text, " ");
        reader->at += len + strspn(text + len, " ");
    }
    return found;
}
