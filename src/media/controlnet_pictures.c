#include "media/controlnet_pictures.h"
#include "base/json.h"
#include "media/control_map.h"
#include "media/controlnet.h"
#include "media/decode.h"
#include "media/encode.h"
#include "media/landscape.h"
#include "media/paint.h"
#include "media/picture_error.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAND_IN_SIDE = 512 };

static struct prepared *pack(const struct bitmap *map, const struct bitmap *picture, const struct notes *notes,
                             const struct control_map_wish *wish)
{
    int width, height;
    size_t len;
    char *png = encode_png(map, notes, &len);

    (void)picture;
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
        prepared = pack(map, picture, &notes, &wish);
    if (!prepared)
        picture_error(error, verdict, file, width, height);
    bitmap_free(picture);
    bitmap_free(map);
    notes_free(&notes);
    return prepared;
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
    struct drawing stand_in = {.look = drawing->look >> 32 << 32, .width = STAND_IN_SIDE, .height = STAND_IN_SIDE};
    struct bitmap *picture = landscape_picture(&stand_in);
    map = control_map(picture, &wish);
    bitmap_free(picture);
    return map;
}

struct bitmap *controlnet_picture(const struct drawing *drawing, const struct notes *notes)
{
    struct bitmap *map = map_of(drawing, notes);
    const char *prompt = json_get_string(notes->input, "prompt");
    const char *negative_prompt = json_get_string(notes->input, "negative_prompt");
    struct painting painting = {.structure = controlnet_wish(notes->input).structure,
                                .prompt = prompt ? prompt : "",
                                .negative_prompt = negative_prompt ? negative_prompt : "",
                                .scale = 9,
                                .look = drawing->look};

    if (drawing->reference || !map)
        return map;
    json_get_number(notes->input, "scale", &painting.scale);
    struct bitmap *picture = paint(map, &painting, drawing->width, drawing->height);
    bitmap_free(map);
    return picture;
}
