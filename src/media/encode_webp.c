#include "base/buf.h"
#include "media/encode.h"

#include <webp/encode.h>

enum { FRAME_QUALITY = 60 }; // of what is no picture by itself

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

char *encode_webp(const struct bitmap *picture, const struct notes *notes, size_t *len)
{
    WebPConfig config;
    WebPPicture frame;
    struct buf out = {0};

    if (!start(&config, &frame, picture, &out))
        return NULL;
    config.quality = (float)(notes ? notes_quality(notes) : FRAME_QUALITY);
    bool done = WebPPictureImportRGB(&frame, picture->rgb, (int)bitmap_row_len(picture)) && WebPEncode(&config, &frame);
    WebPPictureFree(&frame);
    if (!done)
        buf_free(&out);
    return buf_take(&out, len);
}
