#include "media/landscape.h"
#include "base/mem.h"
#include "media/notes.h"
#include "paint/brush.h"
#include "paint/palette.h"
#include "paint/people.h"
#include "paint/scenery.h"

#include <stdlib.h>

_Static_assert((int)LANDSCAPE_TURN == (int)SCENERY_TURN, "a turn is a turn");
_Static_assert((int)LANDSCAPE_MAX_SIDE <= (int)SHEET_MAX_SIDE, "it can be painted");

struct landscape {
    struct drawing drawing;
    struct palette palette;
    struct person somebody;
    int people;
};

static void choose_palette(struct landscape *landscape)
{
    struct notes notes;

    notes_read(&notes, landscape->drawing.notes);
    struct palette_wish wish = {.prompt = notes_text(&notes, "prompt"),
                                .negative_prompt = notes_text(&notes, "negative_prompt"),
                                .scale = PALETTE_NATURAL,
                                .look = landscape->drawing.look};
    palette_make(&landscape->palette, &wish);
    if (landscape->drawing.kind == FILE_WEBM)
        landscape->palette.style = STYLE_PAPER; // each frame is a picture of its own: texture would cost as often
    notes_free(&notes);
}

/* For an input picture that nobody fetched, and of which maps are made: plain areas, and somebody who is large enough for a
 * map of poses. */
static void stand_in(struct landscape *landscape)
{
    int width = landscape->drawing.width, height = landscape->drawing.height, side = width < height ? width : height;
    int chance = (int)(landscape->drawing.look >> 32 & 0xff);

    landscape->palette.style = STYLE_PAPER;
    landscape->people = 1;
    person_stand(&landscape->somebody, width / 4 + width / 2 * chance / 255, height - height / 14, side * 11 / 20,
                 chance % 2 == 1);
}

static bool side_fits(uint16_t side)
{
    return side > 0 && side <= LANDSCAPE_MAX_SIDE;
}

struct landscape *landscape_new(const struct drawing *drawing)
{
    if (!side_fits(drawing->width) || !side_fits(drawing->height))
        return NULL;
    struct landscape *landscape = xnew(struct landscape);
    landscape->drawing = *drawing;
    choose_palette(landscape);
    if (drawing->notes.len == 0)
        stand_in(landscape);
    return landscape;
}

void landscape_free(struct landscape *landscape)
{
    free(landscape);
}

struct bitmap *landscape_paint(const struct landscape *landscape, unsigned turn)
{
    const struct drawing *drawing = &landscape->drawing;
    struct scenery_wish wish = {
        .shapes = drawing->look >> 32, .turn = turn, .people = &landscape->somebody, .people_count = landscape->people};
    struct sheet *sheet = scenery_new(drawing->width, drawing->height, &landscape->palette, &wish);

    sheet_measure(sheet);
    struct bitmap *picture = brush_paint(sheet, &landscape->palette, drawing->look);
    sheet_free(sheet);
    return picture;
}

struct bitmap *landscape_picture(const struct drawing *drawing)
{
    struct landscape *landscape = landscape_new(drawing);

    if (!landscape)
        return NULL;
    struct bitmap *picture = landscape_paint(landscape, 0);
    landscape_free(landscape);
    return picture;
}
