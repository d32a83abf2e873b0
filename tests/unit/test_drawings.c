/* The bytes of files that are no PNG, read back by other hands or by the letter of their formats. */
#include "base/digest.h"
#include "base/json.h"
#include "lib/suite.h"
#include "media/draw_wav.h"
#include "media/draw_webm.h"
#include "media/maker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <webp/decode.h>

#define LOOK 0x0123456789abcdef

struct file {
    char *data;
    size_t len;
};

static struct file draw_it(struct drawing drawing)
{
    struct file file = {0};

    file.data = media_maker.draw(&drawing, &file.len);
    return file;
}

static struct file draw(enum file_kind kind, uint64_t look, uint16_t width, uint16_t height)
{
    return draw_it((struct drawing){.look = look, .width = width, .height = height, .kind = (uint8_t)kind});
}

static bool same(struct file one, struct file other)
{
    bool is_same = one.len == other.len && memcmp(one.data, other.data, one.len) == 0;

    free(one.data);
    free(other.data);
    return is_same;
}

START_TEST(test_same_drawing_same_bytes)
{
    for (int kind = 0; kind < FILE_KINDS; kind++) {
        ck_assert_msg(same(draw(kind, LOOK, 256, 128), draw(kind, LOOK, 256, 128)), "%d", kind);
        ck_assert_msg(!same(draw(kind, LOOK, 256, 128), draw(kind, LOOK + 1, 256, 128)), "%d", kind);
    }
}
END_TEST

START_TEST(test_files_are_small)
{
    for (int kind = 0; kind < FILE_KINDS; kind++)
        for (uint64_t look = 1; look <= 4; look++) {
            struct file file = draw(kind, look * LOOK, 512, 512);
            ck_assert_msg(file.len > 0 && file.len < 250000, "%d: %zu bytes", kind, file.len);
            free(file.data);
        }
}
END_TEST

START_TEST(test_pictures_that_cannot_be_drawn)
{
    static const uint16_t sizes[][2] = {{0, 64}, {64, 0}, {0, 0}, {4097, 64}, {64, 4097}};

    for (size_t i = 0; i < COUNT(sizes); i++)
        ck_assert_ptr_null(draw(FILE_WEBP, LOOK, sizes[i][0], sizes[i][1]).data);
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_null(draw(FILE_WEBM, LOOK, sizes[i][0], sizes[i][1]).data);
}
END_TEST

/* How far two pictures are from each other, in a channel, on average. */
static double distance(const uint8_t *one, const uint8_t *other, size_t len)
{
    double sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += one[i] > other[i] ? one[i] - other[i] : other[i] - one[i];
    return sum / (double)len;
}

START_TEST(test_webp)
{
    static const uint16_t sizes[][2] = {{1, 1}, {17, 3}, {512, 512}, {640, 360}};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct file file = draw(FILE_WEBP, LOOK, sizes[i][0], sizes[i][1]);
        int width = 0, height = 0;
        uint8_t *pixels = WebPDecodeRGB((uint8_t *)file.data, file.len, &width, &height);
        ck_assert_ptr_nonnull(pixels);
        ck_assert_int_eq(width, sizes[i][0]);
        ck_assert_int_eq(height, sizes[i][1]);
        WebPFree(pixels);
        free(file.data);
    }
}
END_TEST

/* What its bytes hold of a marker, as a text; there is one of each that is asked for here. */
static char *segment_of(struct file file, unsigned char marker)
{
    const unsigned char *at = (const unsigned char *)file.data + 2, *end = (const unsigned char *)file.data + file.len;

    while (end - at >= 4 && at[0] == 0xff && at[1] != 0xda) {
        size_t len = (size_t)(at[2] << 8 | at[3]);
        if (at[1] == marker)
            return xmemdup0((const char *)at + 4, len - 2);
        at += 2 + len;
    }
    ck_abort_msg("no segment %x", marker);
}

START_TEST(test_jpeg)
{
    static const uint16_t sizes[][2] = {{1, 1}, {17, 3}, {512, 512}, {640, 360}, {1344, 768}};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct file file = draw(FILE_JPEG, LOOK, sizes[i][0], sizes[i][1]);
        char *frame = segment_of(file, 0xc0); // precision, height, width, components
        ck_assert_mem_eq(file.data, "\xff\xd8\xff\xe0\0\x10JFIF", 11);
        ck_assert_uint_eq((unsigned char)frame[1] << 8 | (unsigned char)frame[2], sizes[i][1]);
        ck_assert_uint_eq((unsigned char)frame[3] << 8 | (unsigned char)frame[4], sizes[i][0]);
        ck_assert_int_eq(frame[5], 3);
        ck_assert_mem_eq(file.data + file.len - 2, "\xff\xd9", 2);
        free(frame);
        free(file.data);
    }
}
END_TEST

static struct file draw_noted(enum file_kind kind, const char *notes)
{
    return draw_it((struct drawing){
        .look = LOOK, .width = 256, .height = 256, .kind = (uint8_t)kind, .notes = {notes, strlen(notes)}});
}

static void expect_comment(const char *notes, const char *wanted)
{
    struct file file = draw_noted(FILE_JPEG, notes);
    char *comment = segment_of(file, 0xfe);

    ck_assert_str_eq(comment, wanted);
    free(comment);
    free(file.data);
}

START_TEST(test_comment_of_a_jpeg)
{
    struct buf notes = {0}, wanted = {0};

    expect_comment("{\"model\":\"a/b\"}", "Software: replicate-mock\nmodel: a/b\n");
    expect_comment("{\"model\":\"a/b\",\"seed\":\"7\",\"input\":{\"prompt\":\"a café\"}}",
                   "Software: replicate-mock\nmodel: a/b\nprompt: a café\nseed: 7\n");
    // A long prompt ends behind a whole character.
    buf_str(&notes, "{\"model\":\"a/b\",\"input\":{\"prompt\":\"x");
    buf_str(&wanted, "Software: replicate-mock\nmodel: a/b\nprompt: x");
    for (int i = 0; i < 1000; i++)
        buf_str(&notes, "é");
    for (int i = 0; i < 511; i++)
        buf_str(&wanted, "é");
    buf_str(&notes, "\"}}");
    buf_str(&wanted, "\n");
    expect_comment(buf_cstr(&notes), buf_cstr(&wanted));
    buf_free(&notes);
    buf_free(&wanted);
}
END_TEST

/* "output_quality", 80 where it is not said. */
START_TEST(test_quality)
{
    static const enum file_kind kinds[] = {FILE_JPEG, FILE_WEBP};
    static const char *const usual[] = {"{\"input\":{\"output_quality\":80}}", "{\"input\":{\"output_quality\":101}}",
                                        "{\"input\":{\"output_quality\":-1}}",
                                        "{\"input\":{\"output_quality\":\"9\"}}"};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct file small = draw_noted(kinds[i], "{\"input\":{\"output_quality\":0}}");
        struct file large = draw_noted(kinds[i], "{\"input\":{\"output_quality\":100}}");
        struct file between = draw_noted(kinds[i], "{\"input\":{}}");
        ck_assert_uint_lt(small.len * 2, between.len);
        ck_assert_uint_lt(between.len * 2, large.len);
        for (size_t j = 0; j < COUNT(usual); j++)
            ck_assert(same(draw_noted(kinds[i], "{\"input\":{}}"), draw_noted(kinds[i], usual[j])));
        free(small.data);
        free(between.data);
        free(large.data);
    }
}
END_TEST

/* ---- Sound ---- */

static uint32_t little(const char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = 0; i < bytes; i++)
        number |= (uint32_t)(unsigned char)at[i] << 8 * i;
    return number;
}

static int sample_of(struct file file, size_t sample)
{
    return (int16_t)little(file.data + 44 + 2 * sample, 2);
}

START_TEST(test_wav)
{
    static const struct {
        uint16_t length;
        uint32_t samples;
    } table[] = {{0, 33075}, {1, 11}, {1000, 11025}, {8000, 88200}, {9000, 99225}, {65535, 99225}};

    for (size_t i = 0; i < COUNT(table); i++) {
        struct file file = draw_it((struct drawing){.look = LOOK, .length = table[i].length, .kind = FILE_WAV});
        const uint32_t bytes = table[i].samples * 2;
        ck_assert_uint_eq(file.len, 44 + bytes);
        ck_assert_uint_lt(file.len, 200000);
        ck_assert_mem_eq(file.data, "RIFF", 4);
        ck_assert_uint_eq(little(file.data + 4, 4), file.len - 8);
        ck_assert_mem_eq(file.data + 8, "WAVEfmt ", 8);
        ck_assert_uint_eq(little(file.data + 16, 4), 16);
        ck_assert_uint_eq(little(file.data + 20, 2), 1);     // PCM
        ck_assert_uint_eq(little(file.data + 22, 2), 1);     // mono
        ck_assert_uint_eq(little(file.data + 24, 4), 11025); // samples a second
        ck_assert_uint_eq(little(file.data + 28, 4), 11025 * 2);
        ck_assert_uint_eq(little(file.data + 32, 2), 2);
        ck_assert_uint_eq(little(file.data + 34, 2), 16);
        ck_assert_mem_eq(file.data + 36, "data", 4);
        ck_assert_uint_eq(little(file.data + 40, 4), bytes);
        free(file.data);
    }
}
END_TEST

START_TEST(test_sound_is_loud_and_not_too_loud)
{
    for (uint64_t look = 1; look <= 8; look++) {
        struct file file = draw_it((struct drawing){.look = look * LOOK, .length = 9000, .kind = FILE_WAV});
        for (size_t beat = 0; beat < 35; beat++) {
            int loudest = 0;
            for (size_t i = beat * WAV_BEAT; i < (beat + 1) * WAV_BEAT; i++)
                loudest = abs(sample_of(file, i)) > loudest ? abs(sample_of(file, i)) : loudest;
            ck_assert_int_gt(loudest, 5000);
            ck_assert_int_lt(loudest, 15001);
        }
        ck_assert_int_eq(sample_of(file, 0), 0); // neither its begin nor its end clicks
        ck_assert_int_lt(abs(sample_of(file, 99224)), 50);
        free(file.data);
    }
}
END_TEST

/* How much of that frequency is in a beat, by Goertzel's algorithm. */
static double power(struct file file, size_t beat, double hertz)
{
    double turn = 2 * cos(2 * 3.141592653589793 * hertz / WAV_RATE), one = 0, two = 0;

    for (size_t i = beat * WAV_BEAT; i < (beat + 1) * WAV_BEAT; i++) {
        double next = sample_of(file, i) + turn * one - two;
        two = one;
        one = next;
    }
    return one * one + two * two - turn * one * two;
}

/* C, D, E, G, A are heard, and none of the seven notes that are false beside them. */
START_TEST(test_notes_are_of_the_scale)
{
    static const double in[] = {261.6, 293.7, 329.6, 392.0, 440.0, 523.3, 587.3, 659.3, 784.0, 880.0};
    static const double out[] = {277.2, 311.1, 349.2, 370.0, 415.3, 466.2, 493.9, 554.4, 622.3, 698.5, 740.0, 830.6};
    struct file file = draw(FILE_WAV, LOOK, 0, 0);
    size_t before = COUNT(in);
    bool moves = false;

    for (size_t beat = 0; beat < 11; beat++) {
        size_t best = 0;
        for (size_t i = 0; i < COUNT(in); i++)
            best = power(file, beat, in[i]) > power(file, beat, in[best]) ? i : best;
        for (size_t i = 0; i < COUNT(out); i++)
            ck_assert_double_gt(power(file, beat, in[best]), 8 * power(file, beat, out[i]));
        moves |= before < COUNT(in) && best != before;
        before = best;
    }
    ck_assert(moves);
    free(file.data);
}
END_TEST

/* Of the samples: integers alone make them, so every compiler and machine must. */
START_TEST(test_sound_is_the_same_everywhere)
{
    struct file file = draw(FILE_WAV, LOOK, 0, 0);
    char hex[SHA256_HEX];

    digest_sha256_hex(hex, file.data, file.len);
    ck_assert_str_eq(hex, "2612bdd2ada61fc02ec8c8aa60ba4fe603fce9fca3a5105a2a01fcabc2f18a18");
    free(file.data);
}
END_TEST

/* ---- Video ---- */

struct element {
    uint32_t id;
    const unsigned char *data;
    size_t len;
};

/* The element at *at, which ends before `end`; *at is behind it then. By RFC 8794, lengths of any width. */
static struct element next_element(const unsigned char **at, const unsigned char *end)
{
    struct element element = {0};
    int id_bytes = 1, len_bytes = 1;

    while (id_bytes < 4 && !(**at & 0x80 >> (id_bytes - 1)))
        id_bytes++;
    for (int i = 0; i < id_bytes; i++)
        element.id = element.id << 8 | *(*at)++;
    while (len_bytes < 8 && !(**at & 0x80 >> (len_bytes - 1)))
        len_bytes++;
    element.len = *(*at)++ & (0xff >> len_bytes);
    for (int i = 1; i < len_bytes; i++)
        element.len = element.len << 8 | *(*at)++;
    element.data = *at;
    ck_assert_msg(element.len <= (size_t)(end - *at), "element %x: %zu bytes", element.id, element.len);
    *at += element.len;
    return element;
}

/* The first element of that id in another. */
static struct element child(struct element parent, uint32_t id)
{
    const unsigned char *at = parent.data, *end = at + parent.len;

    while (at < end) {
        struct element element = next_element(&at, end);
        if (element.id == id)
            return element;
    }
    ck_abort_msg("no element %x", id);
}

static uint64_t number(struct element element)
{
    uint64_t value = 0;

    for (size_t i = 0; i < element.len; i++)
        value = value << 8 | element.data[i];
    return value;
}

static void expect_text(struct element element, const char *text)
{
    ck_assert_uint_eq(element.len, strlen(text));
    ck_assert_mem_eq(element.data, text, element.len);
}

/* Decoded by libwebp: a key frame of VP8 is what a lossy WebP has in its only chunk. */
static uint8_t *decode_frame(const unsigned char *frame, size_t len, int *width, int *height)
{
    struct buf riff = {0};
    uint32_t padded = (uint32_t)(len + len % 2), sizes[2] = {12 + padded, (uint32_t)len};

    for (int chunk = 0; chunk < 2; chunk++) {
        buf_str(&riff, chunk == 0 ? "RIFF" : "WEBPVP8 ");
        for (int i = 0; i < 4; i++)
            buf_char(&riff, (char)(sizes[chunk] >> 8 * i));
    }
    buf_add(&riff, frame, len);
    buf_add(&riff, "", len % 2);
    uint8_t *pixels = WebPDecodeRGB((uint8_t *)riff.data, riff.len, width, height);
    buf_free(&riff);
    return pixels;
}

/* A video that is being looked at, frame by frame. */
struct watching {
    int width, height;
    unsigned length, frames;    /* wanted */
    unsigned seen;              /* frames */
    uint8_t *before;            /* the last one */
    const unsigned char *begin; /* of the segment's data */
};

static void expect_frame(struct watching *watching, struct element block, unsigned cluster_time)
{
    size_t len = (size_t)watching->width * (size_t)watching->height * 3;
    unsigned time = cluster_time + (unsigned)(block.data[1] << 8 | block.data[2]);
    int width = 0, height = 0;

    ck_assert_uint_eq(block.data[0], 0x81); // track 1
    ck_assert_uint_eq(time, watching->seen * watching->length / watching->frames);
    ck_assert_uint_eq(block.data[3], 0x80);  // a key frame, no lacing
    ck_assert_uint_eq(block.data[4] & 1, 0); // VP8 says so, too
    uint8_t *pixels = decode_frame(block.data + 4, block.len - 4, &width, &height);
    ck_assert_ptr_nonnull(pixels);
    ck_assert_int_eq(width, watching->width);
    ck_assert_int_eq(height, watching->height);
    ck_assert(!watching->before || width < 16 || distance(watching->before, pixels, len) > 0.3); // it moves
    WebPFree(watching->before);
    watching->before = pixels;
    watching->seen++;
}

/* A second of it, and what leads there. */
static void expect_cluster(struct watching *watching, struct element cluster, const unsigned char *at,
                           struct element point)
{
    const unsigned char *block_at = cluster.data, *end = at;
    unsigned time = (unsigned)number(child(cluster, 0xe7));
    struct element places = child(point, 0xb7);

    ck_assert_uint_eq(number(child(point, 0xb3)), time);
    ck_assert_uint_eq(number(child(places, 0xf7)), 1);
    // From the id of the cluster on, which stands with its length in 12 bytes before its data.
    ck_assert_ptr_eq(watching->begin + number(child(places, 0xf1)), cluster.data - 12);
    while (block_at < end) {
        struct element block = next_element(&block_at, end);
        if (block.id == 0xa3)
            expect_frame(watching, block, time);
    }
}

static void expect_segment(struct watching *watching, struct element segment)
{
    const unsigned char *at = segment.data, *end = at + segment.len;
    struct element cues = child(segment, 0x1c53bb6b);
    const unsigned char *cue_at = cues.data, *cues_end = cues.data + cues.len;

    watching->begin = segment.data;
    while (at < end) {
        struct element cluster = next_element(&at, end);
        if (cluster.id == 0x1f43b675)
            expect_cluster(watching, cluster, at, next_element(&cue_at, cues_end));
    }
    ck_assert_ptr_eq(cue_at, cues_end);
    ck_assert_uint_eq(watching->seen, watching->frames);
    WebPFree(watching->before);
}

static uint32_t bits_of_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void expect_webm(struct file file, int width, int height, unsigned length, unsigned frames)
{
    const unsigned char *at = (const unsigned char *)file.data, *end = at + file.len;
    struct element head = next_element(&at, end), segment = next_element(&at, end);
    struct watching watching = {.width = width, .height = height, .length = length, .frames = frames};

    ck_assert_ptr_eq(at, end);
    ck_assert_uint_eq(head.id, 0x1a45dfa3);
    expect_text(child(head, 0x4282), "webm");
    ck_assert_uint_eq(segment.id, 0x18538067);
    struct element info = child(segment, 0x1549a966), track = child(child(segment, 0x1654ae6b), 0xae);
    ck_assert_uint_eq(number(child(info, 0x2ad7b1)), 1000000);
    ck_assert_uint_eq(number(child(info, 0x4489)), bits_of_float((float)length));
    expect_text(child(track, 0x86), "V_VP8");
    ck_assert_uint_eq(number(child(track, 0xd7)), 1);
    ck_assert_uint_eq(number(child(track, 0x83)), 1);
    ck_assert_uint_eq(number(child(child(track, 0xe0), 0xb0)), (uint64_t)width);
    ck_assert_uint_eq(number(child(child(track, 0xe0), 0xba)), (uint64_t)height);
    expect_segment(&watching, segment);
    free(file.data);
}

START_TEST(test_sizes_of_webm)
{
    static const uint16_t sizes[][4] = {// asked for, drawn
                                        {256, 256, 256, 256}, {65, 33, 66, 34},  {1280, 720, 384, 216},
                                        {64, 2048, 12, 384},  {1, 4096, 2, 384}, {1, 1, 2, 2}};

    for (size_t i = 0; i < COUNT(sizes); i++)
        expect_webm(draw(FILE_WEBM, LOOK, sizes[i][0], sizes[i][1]), sizes[i][2], sizes[i][3], 2000, 20);
}
END_TEST

START_TEST(test_lengths_of_webm)
{
    static const unsigned lengths[][4] = {// milliseconds and frames asked for, drawn
                                          {0, 0, 2000, 20}, {1000, 10, 1000, 10},   {5000, 40, 5000, 40},
                                          {10, 1, 10, 1},   {10000, 3, 10000, 3},   {999, 7, 999, 7},
                                          {1, 40, 1, 40},   {60000, 255, 10000, 40}};

    for (size_t i = 0; i < COUNT(lengths); i++)
        expect_webm(draw_it((struct drawing){.look = LOOK,
                                             .width = 64,
                                             .height = 64,
                                             .length = (uint16_t)lengths[i][0],
                                             .frames = (uint8_t)lengths[i][1],
                                             .kind = FILE_WEBM}),
                    64, 64, lengths[i][2], lengths[i][3]);
}
END_TEST

/* ---- Text ---- */

START_TEST(test_texts)
{
    struct file text = draw(FILE_TXT, 1234567, 0, 0), json = draw(FILE_JSON, 1234567, 0, 0);
    char *lines = xmemdup0(text.data, text.len), *object = xmemdup0(json.data, json.len);

    ck_assert_str_eq(lines, "This file stands in for one that a model writes. It has the number 234567.\n");
    ck_assert_str_eq(object, "{\"made_by\":\"replicate-mock\",\"number\":234567}\n");
    free(lines);
    free(object);
    free(text.data);
    free(json.data);
}
END_TEST

START_TEST(test_kinds_have_names_and_types)
{
    static const char *const table[FILE_KINDS][2] = {
        [FILE_PNG] = {"png", "image/png"},
        [FILE_JPEG] = {"jpg", "image/jpeg"},
        [FILE_WEBP] = {"webp", "image/webp"},
        [FILE_WEBM] = {"webm", "video/webm"},
        [FILE_WAV] = {"wav", "audio/wav"},
        [FILE_JSON] = {"json", "application/json"},
        [FILE_TXT] = {"txt", "text/plain; charset=utf-8"},
    };

    for (int kind = 0; kind < FILE_KINDS; kind++) {
        ck_assert_str_eq(file_kind_ending(kind), table[kind][0]);
        ck_assert_str_eq(file_kind_type(kind), table[kind][1]);
    }
}
END_TEST

SUITE("drawings", test_same_drawing_same_bytes, test_files_are_small, test_pictures_that_cannot_be_drawn, test_webp,
      test_jpeg, test_comment_of_a_jpeg, test_quality, test_wav, test_sound_is_loud_and_not_too_loud,
      test_notes_are_of_the_scale, test_sound_is_the_same_everywhere, test_sizes_of_webm, test_lengths_of_webm,
      test_texts, test_kinds_have_names_and_types);
