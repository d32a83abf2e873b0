#include "media/controlnet_pictures.h"
#include "base/hash.h"
#include "base/json.h"
#include "image/decode.h"
#include "image/encode.h"
#include "maps/control_map.h"
#include "media/controlnet.h"
#include "media/landscape.h"
#include "media/picture_error.h"
#include "paint/paint.h"
#include "paint/palette.h"

#include <stdlib.h>

enum { STAND_IN_SIDE = 512 };

/* The map without texts: they belong to the reference picture, which is drawn from it. */
static struct prepared *pack(const struct bitmap *map, const struct control_map_wish *wish)
{
    int width, height;
    size_t len;
    char *png = encode_png(map, NULL, &len);

    model_size(map, wish->resolution, &width, &height);
    struct prepared *prepared = png ? prepared_new((uint16_t)width, (uint16_t)height, png, len) : NULL;
    free(png);
    return prepared;
}

struct prepared *controlnet_prepare(struct slice text, struct slice file, char error[MAKER_ERROR])
{
    struct bitmap *picture = NULL, *map = NULL;
    struct prepared *prepared = NULL;
    struct notes notes;
    int width, height;

    notes_read(&notes, text);
    struct control_map_wish wish = controlnet_wish(notes.input);
    enum decoded verdict = decode_picture(&picture, file, &width, &height);
    if (verdict == DECODED && (map = control_map(picture, &wish)))
        prepared = pack(map, &wish);
    if (!prepared)
        picture_error(error, verdict, file, width, height);
    bitmap_free(picture);
    bitmap_free(map);
    notes_free(&notes);
    return prepared;
}

/* A landscape with somebody in it, the same for the same image, structure and thresholds. */
static struct bitmap *stand_in(uint64_t look)
{
    struct drawing drawing = {.look = look >> 32 << 32, .width = STAND_IN_SIDE, .height = STAND_IN_SIDE};

    return landscape_picture(&drawing);
}

static struct bitmap *map_of(const struct drawing *drawing, const struct notes *notes)
{
    struct control_map_wish wish = controlnet_wish(notes->input);
    struct bitmap *map = NULL;
    int width, height;

    if (drawing->prepared) {
        decode_picture(&map, (struct slice){drawing->prepared->data, drawing->prepared->len}, &width, &height);
        return map;
    }
    struct bitmap *picture = stand_in(drawing->look);
    map = control_map(picture, &wish);
    bitmap_free(picture);
    return map;
}

/* To the model a picture is its pixels: the same one has the same outputs, whether it was uploaded, which gives it another
 * URL each time, stands in a data: URI, or was fetched. */
static uint64_t look_by_map(const struct bitmap *map, uint64_t look)
{
    static const struct hash_key key = {0x6d6170, 0x6c6f6f6b};
    uint64_t hash = hash_bytes(&key, map->rgb, bitmap_row_len(map) * (size_t)map->height);

    return hash >> 32 << 32 | (look & UINT32_MAX);
}

struct bitmap *controlnet_picture(const struct drawing *drawing, const struct notes *notes)
{
    struct bitmap *map = map_of(drawing, notes);
    struct painting painting = {.structure = controlnet_wish(notes->input).structure,
                                .prompt = notes_text(notes, "prompt"),
                                .negative_prompt = notes_text(notes, "negative_prompt"),
                                .scale = PALETTE_NATURAL};

    if (drawing->reference || !map)
        return map;
    painting.look = look_by_map(map, drawing->look);
    json_get_number(notes->input, "scale", &painting.scale);
    struct bitmap *picture = paint(map, &painting, drawing->width, drawing->height);
    bitmap_free(map);
    return picture;
}
