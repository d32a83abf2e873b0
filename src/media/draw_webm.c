#include "media/draw_webm.h"
#include "base/buf.h"
#include "media/encode.h"
#include "media/landscape.h"

#include <stdlib.h>

enum {
    FRAME_MS = 100,
    RIFF_HEAD = 20, // "RIFF", its length, "WEBP", "VP8 ", its length: the frame follows
    KEY_FRAME = 0x80,
    VIDEO_TRACK = 1,
};

/* The elements of Matroska that WebM needs, by their ids (RFC 9559). */
enum element {
    EBML = 0x1a45dfa3,
    EBML_VERSION = 0x4286,
    EBML_READ_VERSION = 0x42f7,
    EBML_MAX_ID_LENGTH = 0x42f2,
    EBML_MAX_SIZE_LENGTH = 0x42f3,
    DOC_TYPE = 0x4282,
    DOC_TYPE_VERSION = 0x4287,
    DOC_TYPE_READ_VERSION = 0x4285,
    SEGMENT = 0x18538067,
    INFO = 0x1549a966,
    TIMESTAMP_SCALE = 0x2ad7b1,
    DURATION = 0x4489,
    MUXING_APP = 0x4d80,
    WRITING_APP = 0x5741,
    TRACKS = 0x1654ae6b,
    TRACK_ENTRY = 0xae,
    TRACK_NUMBER = 0xd7,
    TRACK_UID = 0x73c5,
    TRACK_TYPE = 0x83,
    FLAG_LACING = 0x9c,
    DEFAULT_DURATION = 0x23e383,
    CODEC_ID = 0x86,
    VIDEO = 0xe0,
    PIXEL_WIDTH = 0xb0,
    PIXEL_HEIGHT = 0xba,
    CLUSTER = 0x1f43b675,
    TIMESTAMP = 0xe7,
    SIMPLE_BLOCK = 0xa3,
};

/* --- EBML: an id, a length, the bytes (RFC 8794) ------------------------------------------------------------------- */

static void put_bytes(struct buf *out, uint64_t number, int bytes)
{
    while (bytes-- > 0)
        buf_char(out, (char)(number >> 8 * bytes));
}

static int bytes_of(uint64_t number)
{
    int bytes = 1;

    while (bytes < 8 && number >> 8 * bytes)
        bytes++;
    return bytes;
}

/* The length in eight bytes, the first of which says so: simple, and 7 bytes longer than it must be. */
static void put_element(struct buf *out, enum element id, const void *bytes, size_t len)
{
    put_bytes(out, id, bytes_of(id));
    put_bytes(out, UINT64_C(1) << 56 | len, 8);
    buf_add(out, bytes, len);
}

static void put_number(struct buf *out, enum element id, uint64_t number)
{
    struct buf bytes = {0};

    put_bytes(&bytes, number, bytes_of(number));
    put_element(out, id, bytes.data, bytes.len);
    buf_free(&bytes);
}

static void put_text(struct buf *out, enum element id, const char *text)
{
    put_element(out, id, text, strlen(text));
}

/* An element made of others, which are done with. */
static void put_master(struct buf *out, enum element id, struct buf *inner)
{
    put_element(out, id, inner->data, inner->len);
    buf_free(inner);
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

static void put_head(struct buf *out)
{
    struct buf head = {0};

    put_number(&head, EBML_VERSION, 1);
    put_number(&head, EBML_READ_VERSION, 1);
    put_number(&head, EBML_MAX_ID_LENGTH, 4);
    put_number(&head, EBML_MAX_SIZE_LENGTH, 8);
    put_text(&head, DOC_TYPE, "webm");
    put_number(&head, DOC_TYPE_VERSION, 2);
    put_number(&head, DOC_TYPE_READ_VERSION, 2);
    put_master(out, EBML, &head);
}

static void put_info(struct buf *segment)
{
    const float duration = VIDEO_FRAMES * FRAME_MS;
    struct buf info = {0}, bytes = {0};
    uint32_t bits;

    memcpy(&bits, &duration, sizeof(bits));
    put_bytes(&bytes, bits, 4);
    put_number(&info, TIMESTAMP_SCALE, 1000000); // nanoseconds: all times are milliseconds
    put_master(&info, DURATION, &bytes);
    put_text(&info, MUXING_APP, "replicate-mock");
    put_text(&info, WRITING_APP, "replicate-mock");
    put_master(segment, INFO, &info);
}

static void put_track(struct buf *segment, const struct drawing *drawing)
{
    struct buf tracks = {0}, entry = {0}, video = {0};

    put_number(&video, PIXEL_WIDTH, drawing->width);
    put_number(&video, PIXEL_HEIGHT, drawing->height);
    put_number(&entry, TRACK_NUMBER, VIDEO_TRACK);
    put_number(&entry, TRACK_UID, VIDEO_TRACK);
    put_number(&entry, TRACK_TYPE, 1); // video
    put_number(&entry, FLAG_LACING, 0);
    put_number(&entry, DEFAULT_DURATION, FRAME_MS * UINT64_C(1000000));
    put_text(&entry, CODEC_ID, "V_VP8");
    put_master(&entry, VIDEO, &video);
    put_master(&tracks, TRACK_ENTRY, &entry);
    put_master(segment, TRACKS, &tracks);
}

/* The chunk of a lossy WebP is a key frame of VP8, byte for byte what a block holds (RFC 9649, 2.5). */
static bool put_frame(struct buf *cluster, const struct bitmap *picture, unsigned frame)
{
    size_t len;
    char *webp = encode_webp(picture, NULL, &len);
    struct buf block = {0};

    if (!webp || len <= RIFF_HEAD || memcmp(webp + 12, "VP8 ", 4) != 0) {
        free(webp);
        return false;
    }
    const unsigned char *size = (const unsigned char *)webp + 16; // the chunk may be followed by a byte of padding
    size_t frame_len = (size_t)(size[0] | size[1] << 8 | size[2] << 16) | (size_t)size[3] << 24;
    put_bytes(&block, 0x80 | VIDEO_TRACK, 1);
    put_bytes(&block, frame * FRAME_MS, 2);
    put_bytes(&block, KEY_FRAME, 1);
    buf_add(&block, webp + RIFF_HEAD, frame_len < len - RIFF_HEAD ? frame_len : len - RIFF_HEAD);
    put_master(cluster, SIMPLE_BLOCK, &block);
    free(webp);
    return true;
}

static bool put_frames(struct buf *segment, const struct landscape *landscape)
{
    struct buf cluster = {0};
    bool done = true;

    put_number(&cluster, TIMESTAMP, 0);
    for (unsigned frame = 0; frame < VIDEO_FRAMES && done; frame++) {
        struct bitmap *picture = landscape_paint(landscape, frame * LANDSCAPE_TURN / VIDEO_FRAMES);
        done = put_frame(&cluster, picture, frame);
        bitmap_free(picture);
    }
    put_master(segment, CLUSTER, &cluster);
    return done;
}

static struct drawing fitted(struct drawing drawing)
{
    unsigned width = drawing.width, height = drawing.height, longer = width > height ? width : height;

    if (longer <= VIDEO_MAX_SIDE || width == 0 || height == 0)
        return drawing;
    drawing.width = (uint16_t)(width * VIDEO_MAX_SIDE / longer);
    drawing.height = (uint16_t)(height * VIDEO_MAX_SIDE / longer);
    drawing.width += drawing.width == 0;
    drawing.height += drawing.height == 0;
    return drawing;
}

char *draw_webm(const struct drawing *drawing, size_t *len)
{
    struct drawing frame = fitted(*drawing);
    struct landscape *landscape = landscape_new(&frame);
    struct buf segment = {0}, file = {0};

    if (!landscape)
        return NULL;
    put_info(&segment);
    put_track(&segment, &frame);
    bool done = put_frames(&segment, landscape);
    put_head(&file);
    put_master(&file, SEGMENT, &segment);
    landscape_free(landscape);
    if (!done)
        buf_free(&file);
    return buf_take(&file, len);
}
