#include "media/draw_webm.h"
#include "base/buf.h"
#include "image/encode.h"
#include "media/landscape.h"

#include <stdlib.h>

enum {
    FRAME_QUALITY = 60,
    CLUSTER_MS = 1000, // a place to go to every second
    RIFF_HEAD = 20,    // "RIFF", its length, "WEBP", "VP8 ", its length: the frame follows
    KEY_FRAME = 0x80,
    MAX_CLUSTERS = VIDEO_MAX_LENGTH / CLUSTER_MS + 1,
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
    CUES = 0x1c53bb6b,
    CUE_POINT = 0xbb,
    CUE_TIME = 0xb3,
    CUE_TRACK_POSITIONS = 0xb7,
    CUE_TRACK = 0xf7,
    CUE_CLUSTER_POSITION = 0xf1,
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

struct video {
    struct drawing drawing; /* of a frame */
    unsigned length;        /* milliseconds */
    unsigned frames;
};

static void put_info(struct buf *segment, const struct video *video)
{
    const float duration = (float)video->length;
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

static void put_track(struct buf *segment, const struct video *video)
{
    struct buf tracks = {0}, entry = {0}, settings = {0};

    put_number(&settings, PIXEL_WIDTH, video->drawing.width);
    put_number(&settings, PIXEL_HEIGHT, video->drawing.height);
    put_number(&entry, TRACK_NUMBER, VIDEO_TRACK);
    put_number(&entry, TRACK_UID, VIDEO_TRACK);
    put_number(&entry, TRACK_TYPE, 1); // video
    put_number(&entry, FLAG_LACING, 0);
    put_number(&entry, DEFAULT_DURATION, video->length * UINT64_C(1000000) / video->frames);
    put_text(&entry, CODEC_ID, "V_VP8");
    put_master(&entry, VIDEO, &settings);
    put_master(&tracks, TRACK_ENTRY, &entry);
    put_master(segment, TRACKS, &tracks);
}

static unsigned frame_time(const struct video *video, unsigned frame)
{
    return frame * video->length / video->frames;
}

/* The chunk of a lossy WebP is a key frame of VP8, byte for byte what a block holds (RFC 9649, 2.5). */
static bool put_frame(struct buf *cluster, const struct bitmap *picture, unsigned time)
{
    size_t len;
    char *webp = encode_webp(picture, &(struct image_about){.quality = FRAME_QUALITY}, &len);
    struct buf block = {0};

    if (!webp || len <= RIFF_HEAD || memcmp(webp + 12, "VP8 ", 4) != 0) {
        free(webp);
        return false;
    }
    const unsigned char *size = (const unsigned char *)webp + 16; // the chunk may be followed by a byte of padding
    size_t frame_len = (size_t)(size[0] | size[1] << 8 | size[2] << 16) | (size_t)size[3] << 24;
    put_bytes(&block, 0x80 | VIDEO_TRACK, 1);
    put_bytes(&block, time, 2);
    put_bytes(&block, KEY_FRAME, 1);
    buf_add(&block, webp + RIFF_HEAD, frame_len < len - RIFF_HEAD ? frame_len : len - RIFF_HEAD);
    put_master(cluster, SIMPLE_BLOCK, &block);
    free(webp);
    return true;
}

/* The frames of a second; *frame is the first of them, and then the first of the next. */
static bool put_cluster(struct buf *clusters, const struct video *video, const struct landscape *landscape,
                        unsigned *frame)
{
    unsigned begin = frame_time(video, *frame), end = begin / CLUSTER_MS * CLUSTER_MS + CLUSTER_MS;
    struct buf cluster = {0};
    bool done = true;

    put_number(&cluster, TIMESTAMP, begin);
    for (; done && *frame < video->frames && frame_time(video, *frame) < end; ++*frame) {
        struct bitmap *picture = landscape_paint(landscape, *frame * LANDSCAPE_TURN / video->frames);
        done = put_frame(&cluster, picture, frame_time(video, *frame) - begin);
        bitmap_free(picture);
    }
    put_master(clusters, CLUSTER, &cluster);
    return done;
}

/* Where in the segment the cluster of a time begins: in eight bytes, so that the cues have one length wherever that is. */
static void put_cue(struct buf *cues, unsigned time, uint64_t position)
{
    struct buf point = {0}, positions = {0}, bytes = {0};

    put_bytes(&bytes, position, 8);
    put_number(&positions, CUE_TRACK, VIDEO_TRACK);
    put_master(&positions, CUE_CLUSTER_POSITION, &bytes);
    put_bytes(&bytes, time, 2);
    put_master(&point, CUE_TIME, &bytes);
    put_master(&point, CUE_TRACK_POSITIONS, &positions);
    put_master(cues, CUE_POINT, &point);
}

/* Where each cluster begins among the clusters, and when. */
struct clusters {
    struct buf bytes;
    unsigned count, times[MAX_CLUSTERS];
    size_t places[MAX_CLUSTERS];
};

static void put_cues(struct buf *segment, const struct clusters *clusters, size_t before)
{
    struct buf cues = {0};

    for (unsigned i = 0; i < clusters->count; i++)
        put_cue(&cues, clusters->times[i], before + clusters->places[i]);
    put_master(segment, CUES, &cues);
}

/* The cues stand before what they point to, so that a player has them before it needs them: written twice, first to see
 * how long they are. */
static void put_clusters(struct buf *segment, const struct clusters *clusters)
{
    struct buf trial = {0};

    put_cues(&trial, clusters, 0);
    put_cues(segment, clusters, segment->len + trial.len);
    buf_add(segment, clusters->bytes.data, clusters->bytes.len);
    buf_free(&trial);
}

static bool draw_clusters(struct clusters *clusters, const struct video *video, const struct landscape *landscape)
{
    bool done = true;

    for (unsigned frame = 0; done && frame < video->frames && clusters->count < MAX_CLUSTERS;) {
        clusters->times[clusters->count] = frame_time(video, frame);
        clusters->places[clusters->count++] = clusters->bytes.len;
        done = put_cluster(&clusters->bytes, video, landscape, &frame);
    }
    return done;
}

void video_fit(uint16_t *width, uint16_t *height)
{
    unsigned longer = *width > *height ? *width : *height, most = longer > VIDEO_MAX_SIDE ? VIDEO_MAX_SIDE : longer;

    if (*width == 0 || *height == 0)
        return;
    *width = (uint16_t)((*width * most / longer + 1) / 2 * 2);
    *height = (uint16_t)((*height * most / longer + 1) / 2 * 2);
    *width += *width == 0 ? 2 : 0;
    *height += *height == 0 ? 2 : 0;
}

static struct video video_of(const struct drawing *drawing)
{
    struct video video = {.drawing = *drawing,
                          .length = drawing->length > 0 ? drawing->length : VIDEO_LENGTH,
                          .frames = drawing->frames > 0 ? drawing->frames : VIDEO_FRAMES};

    video_fit(&video.drawing.width, &video.drawing.height);
    if (video.length > VIDEO_MAX_LENGTH)
        video.length = VIDEO_MAX_LENGTH;
    if (video.frames > VIDEO_MAX_FRAMES)
        video.frames = VIDEO_MAX_FRAMES;
    return video;
}

char *draw_webm(const struct drawing *drawing, size_t *len)
{
    struct video video = video_of(drawing);
    struct landscape *landscape = landscape_new(&video.drawing);
    struct buf segment = {0}, file = {0};
    struct clusters clusters = {0};

    if (!landscape)
        return NULL;
    bool done = draw_clusters(&clusters, &video, landscape);
    put_info(&segment, &video);
    put_track(&segment, &video);
    put_clusters(&segment, &clusters);
    put_head(&file);
    put_master(&file, SEGMENT, &segment);
    buf_free(&clusters.bytes);
    landscape_free(landscape);
    if (!done)
        buf_free(&file);
    return buf_take(&file, len);
}
