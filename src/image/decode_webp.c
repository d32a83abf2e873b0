#include "base/mem.h"
#include "image/decoders.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

/* RIFF: chunks of a name, a length and so many bytes, an even number of them. */
enum {
    FILE_HEAD = 12, // "RIFF", the length of what follows, "WEBP"
    CHUNK_HEAD = 8,
    FRAME_HEAD = 16, // of an ANMF chunk: three bytes each of x / 2, y / 2, width - 1, height - 1, duration; flags
};

enum { LOSSY = 1, PIXEL_WORK = 6, LOSSY_BYTE_WORK = 72 };

/* Where a picture stands on its canvas: the first frame of an animation need not fill it. */
struct frame {
    struct slice data;
    int x, y, width, height;
    bool has_alpha;
    bool on_white; // the canvas around it, which is transparent in a file with alpha; otherwise Pillow has it black
};

static uint32_t little(const char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = bytes - 1; i >= 0; i--)
        number = number << 8 | (unsigned char)at[i];
    return number;
}

/* Of an animation: what is in its first frame is laid out as a picture's own chunks are, and the library takes it without
 * a file's head. The rest of what its second library, of animations, can do is not needed. */
static bool find_frame(struct slice file, struct frame *frame)
{
    for (size_t at = FILE_HEAD; at + CHUNK_HEAD <= file.len;) {
        const char *chunk = file.data + at;
        size_t len = little(chunk + 4, 4), rest = file.len - at - CHUNK_HEAD;
        if (len > rest)
            return false;
        if (memcmp(chunk, "ANMF", 4) == 0) {
            if (len < FRAME_HEAD)
                return false;
            chunk += CHUNK_HEAD;
            frame->x = 2 * (int)little(chunk, 3);
            frame->y = 2 * (int)little(chunk + 3, 3);
            frame->data = (struct slice){chunk + FRAME_HEAD, len - FRAME_HEAD};
            return true;
        }
        at += CHUNK_HEAD + len + len % 2;
    }
    return false;
}

static enum decoded verdict_of(VP8StatusCode status)
{
    return status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED ? DECODED_TRUNCATED : DECODED_BROKEN;
}

/* Without loss bytes are read as fast as elsewhere. */
static bool takes_too_long(const struct frame *frame, const WebPBitstreamFeatures *features)
{
    int64_t work = (int64_t)features->width * features->height * PIXEL_WORK;

    return features->format == LOSSY && work + (int64_t)frame->data.len * LOSSY_BYTE_WORK > DECODING_WORK_MAX;
}

/* Its size, and that it lies on the canvas. */
static enum decoded read_frame_head(struct decoding *decoding, struct frame *frame)
{
    WebPBitstreamFeatures features;
    VP8StatusCode status = WebPGetFeatures((const uint8_t *)frame->data.data, frame->data.len, &features);

    if (status != VP8_STATUS_OK)
        return verdict_of(status);
    frame->width = features.width;
    frame->height = features.height;
    frame->has_alpha = features.has_alpha;
    if (takes_too_long(frame, &features))
        return DECODED_TOO_LARGE;
    return frame->x + frame->width <= decoding->width && frame->y + frame->height <= decoding->height ? DECODED
                                                                                                      : DECODED_BROKEN;
}

/* Only what is written counts: of the last row the part that belongs to the frame. */
static enum decoded read_pixels(const struct frame *frame, WEBP_CSP_MODE mode, uint8_t *pixels, size_t row_len)
{
    WebPDecoderConfig config;

    if (!WebPInitDecoderConfig(&config))
        return DECODED_BROKEN;
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)row_len;
    config.output.u.RGBA.size =
        row_len * (size_t)(frame->height - 1) + (size_t)frame->width * (mode == MODE_RGBA ? 4 : 3);
    VP8StatusCode status = WebPDecode((const uint8_t *)frame->data.data, frame->data.len, &config);
    WebPFreeDecBuffer(&config.output);
    return status == VP8_STATUS_OK ? DECODED : DECODED_BROKEN; // even if it ends early: the file does not
}

static uint8_t *corner_of(struct bitmap *picture, const struct frame *frame)
{
    return bitmap_row(picture, frame->y) + (size_t)3 * (size_t)frame->x;
}

static struct bitmap *canvas_of(const struct decoding *decoding, const struct frame *frame)
{
    struct bitmap *picture = bitmap_new(decoding->width, decoding->height);

    if (frame->on_white)
        memset(picture->rgb, 255, bitmap_row_len(picture) * (size_t)picture->height);
    return picture;
}

static enum decoded read_opaque(struct decoding *decoding, const struct frame *frame)
{
    decoding->picture = canvas_of(decoding, frame);
    return read_pixels(frame, MODE_RGB, corner_of(decoding->picture, frame), bitmap_row_len(decoding->picture));
}

/* The bitmap comes when the library has let go of what it needs. */
static enum decoded read_transparent(struct decoding *decoding, const struct frame *frame)
{
    size_t row_len = (size_t)4 * (size_t)frame->width;
    uint8_t *rgba = xcalloc((size_t)frame->height, row_len);
    enum decoded verdict = read_pixels(frame, MODE_RGBA, rgba, row_len);

    if (verdict == DECODED) {
        decoding->picture = canvas_of(decoding, frame);
        uint8_t *corner = corner_of(decoding->picture, frame);
        for (int y = 0; y < frame->height; y++)
            for (int x = 0; x < frame->width; x++)
                decoding_put_rgba(corner + (size_t)y * bitmap_row_len(decoding->picture) + (size_t)3 * (size_t)x,
                                  rgba + (size_t)y * row_len + (size_t)4 * (size_t)x);
    }
    free(rgba);
    return verdict;
}

enum decoded decode_webp(struct decoding *decoding)
{
    struct slice file = decoding->file;
    struct frame frame = {.data = file};
    WebPBitstreamFeatures features;

    if (WebPGetFeatures((const uint8_t *)file.data, file.len, &features) != VP8_STATUS_OK)
        return DECODED_NOT_A_PICTURE;
    enum decoded verdict = decoding_size(decoding, features.width, features.height);
    if (verdict != DECODED)
        return verdict;
    if (little(file.data + 4, 4) > file.len - CHUNK_HEAD) // Pillow takes no part of a file for one
        return DECODED_TRUNCATED;
    frame.on_white = features.has_alpha;
    if (features.has_animation && !find_frame(file, &frame))
        return DECODED_BROKEN;
    verdict = read_frame_head(decoding, &frame);
    if (verdict != DECODED)
        return verdict;
    return frame.has_alpha ? read_transparent(decoding, &frame) : read_opaque(decoding, &frame);
}
