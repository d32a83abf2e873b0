#include "media/picture.h"
#include "image/encode.h"
#include "media/controlnet_pictures.h"
#include "media/landscape.h"

#include <string.h>

/* What there is to see: ControlNet's follows its input picture, any other model's is a landscape. */
static struct bitmap *show(const struct drawing *drawing, const struct notes *notes)
{
    if (strcmp(notes->model, CONTROLNET) == 0)
        return controlnet_picture(drawing, notes);
    return landscape_picture(drawing);
}

char *draw_picture(const struct drawing *drawing, size_t *len)
{
    static char *(*const encoders[FILE_KINDS])(const struct bitmap *, const struct image_about *, size_t *) = {
        [FILE_PNG] = encode_png,
        [FILE_JPEG] = encode_jpeg,
        [FILE_WEBP] = encode_webp,
    };
    struct image_text texts[IMAGE_TEXTS_MAX];
    struct notes notes;
    char *file = NULL;

    notes_read(&notes, drawing->notes);
    struct bitmap *picture = show(drawing, &notes);
    struct image_about about = notes_about(&notes, texts);
    if (picture)
        file = encoders[drawing->kind](picture, &about, len);
    bitmap_free(picture);
    notes_free(&notes);
    return file;
}
