#include "base/buf.h"
#include "image/encode.h"

#include <webp/encode.h>

static int append(const uint8_t *bytes, size_t len, const WebPPicture *picture)
{
    buf_add(picture->custom_ptr, bytes, len);
    return 1;
}

/* The quickest method, and no thread of its own. */
static bool start(WebPConfig *config, WebPPicture *frame, const struct bitmap *picture, struct buf *out)
{
    if (!WebPConfigInit(config) || !WebPPictureInit(frame))
        return false;
    config->method = 1;
    frame->width = picture->width;
    frame->height = picture->height;
    frame->writer = append;
    frame->custom_ptr = out;
    return true;
}

char *encode_webp(const struct bitmap *picture, const struct image_about *about, size_t *len)
{
    WebPConfig config;
    WebPPicture frame;
    struct buf out = {0};

    if (!start(&config, &frame, picture, &out))
        return NULL;
    config.quality = (float)about->quality;
    bool done = WebPPictureImportRGB(&frame, picture->rgb, (int)bitmap_row_len(picture)) && WebPEncode(&config, &frame);
    WebPPictureFree(&frame);
    if (!done)
        buf_free(&out);
    return buf_take(&out, len);
}
