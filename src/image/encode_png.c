#include "base/mem.h"
#include "image/encode.h"

#include <spng.h>
#include <stdlib.h>

/* Of what we draw, with its flat tones and no noise between, level 3 without filters makes files a fifth smaller than
 * level 1 in the same time; filters make them larger, and level 6 takes twice as long for the next fifth. */
enum { LEVEL = 3 };

static bool start(spng_ctx *png, const struct bitmap *picture)
{
    struct spng_ihdr header = {.width = (uint32_t)picture->width,
                               .height = (uint32_t)picture->height,
                               .bit_depth = 8,
                               .color_type = SPNG_COLOR_TYPE_TRUECOLOR};

    return spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, LEVEL) == SPNG_OK &&
           spng_set_option(png, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING) == SPNG_OK &&
           spng_set_ihdr(png, &header) == SPNG_OK;
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

struct texts {
    struct spng_text list[IMAGE_TEXTS_MAX];
    char *copies[IMAGE_TEXTS_MAX];
    uint32_t count;
};

/* "tEXt": "interpreted according to the ISO/IEC 8859-1 character set". In UTF-8 that is all below U+0100, whose first
 * byte is C2 or C3. The copy becomes Latin-1; false: it is not, and stays as it is. */
static bool to_latin1(char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at > 0xc3)
            return false;
    char *out = text;
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x80 && at[1])
            c = (unsigned char)((c & 3) << 6 | (*++at & 0x3f));
        *out++ = (char)c;
    }
    *out = '\0';
    return true;
}

static void add(struct texts *texts, const char *keyword, const char *value)
{
    char *copy = texts->copies[texts->count] = xstrdup(value);
    struct spng_text *text = &texts->list[texts->count++];
    int type = to_latin1(copy) ? SPNG_TEXT : SPNG_ITXT;
    char *end = copy + strlen(copy); // an empty text, which spng does not write to
    *text = (struct spng_text){
        .type = type, .text = copy, .length = (size_t)(end - copy), .language_tag = end, .translated_keyword = end};
    memcpy(text->keyword, keyword, strlen(keyword));
}

static void collect(struct texts *texts, const struct image_about *about)
{
    for (size_t i = 0; about && i < about->count; i++)
        if (about->texts[i].text && *about->texts[i].text)
            add(texts, about->texts[i].keyword, about->texts[i].text);
}

static void free_texts(struct texts *texts)
{
    for (uint32_t i = 0; i < texts->count; i++)
        free(texts->copies[i]);
}

/* ------------------------------------------------------------------------------------------------------------------ */

char *encode_png(const struct bitmap *picture, const struct image_about *about, size_t *len)
{
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    size_t bytes_len = bitmap_row_len(picture) * (size_t)picture->height;
    struct texts texts = {0}; // spng reads them when it writes the file
    char *bytes = NULL;
    int result;

    collect(&texts, about);
    if (png && start(png, picture) && (texts.count == 0 || spng_set_text(png, texts.list, texts.count) == SPNG_OK) &&
        spng_encode_image(png, picture->rgb, bytes_len, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE) == SPNG_OK)
        bytes = spng_get_png_buffer(png, len, &result);
    spng_ctx_free(png);
    free_texts(&texts);
    return bytes;
}
