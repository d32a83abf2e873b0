#include "media/draw_webp.h"
#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <webp/encode.h>

enum { QUALITY = 60 };

static int append(const uint8_t *bytes, size_t len, const WebPPicture *picture)
{
    buf_add(picture->custom_ptr, bytes, len);
    return 1;
}

/* Fast before small, as for PNGs: the quickest method, and no thread of its own. */
static bool start(WebPConfig *config, WebPPicture *picture, const struct drawing *drawing, struct buf *out)
{
    if (!WebPConfigInit(config) || !WebPPictureInit(picture))
        return false;
    config->quality = QUALITY;
    config->method = 1;
    picture->width = drawing->width;
    picture->height = drawing->height;
    picture->writer = append;
    picture->custom_ptr = out;
    return true;
}

char *webp_of_landscape(const struct drawing *drawing, struct landscape *landscape, unsigned turn, size_t *len)
{
    size_t row_len = (size_t)3 * drawing->width;
    WebPConfig config;
    WebPPicture picture;
    struct buf out = {0};

    if (!start(&config, &picture, drawing, &out))
        return NULL;
    uint8_t *rgb = xmalloc(row_len * drawing->height);
    for (int y = 0; y < drawing->height; y++)
        landscape_row(landscape, y, turn, rgb + row_len * (size_t)y);
    bool done = WebPPictureImportRGB(&picture, rgb, (int)row_len) && WebPEncode(&config, &picture);
    WebPPictureFree(&picture);
    free(rgb);
    if (!done)
        buf_free(&out);
    return buf_take(&out, len);
}

char *draw_webp(const struct drawing *drawing, size_t *len)
{
    struct landscape *landscape = landscape_new(drawing);

    if (!landscape)
        return NULL;
    char *bytes = webp_of_landscape(drawing, landscape, 0, len);
    landscape_free(landscape);
    return bytes;
}
