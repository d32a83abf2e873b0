/* The bytes of files that are no PNG, read back by other hands or by the letter of their formats. */
#include "base/digest.h"
#include "base/json.h"
#include "lib/suite.h"
#include "media/draw_wav.h"
#include "media/draw_webm.h"
#include "media/maker.h"

#include <stdio.h>
#include <string.h>
#include <webp/decode.h>

#define LOOK 0x0123456789abcdef

struct file {
    char *data;
    size_t len;
};

static struct file draw(enum file_kind kind, uint64_t look, uint16_t width, uint16_t height)
{
    struct drawing drawing = {.look = look, .width = width, .height = height, .kind = (uint8_t)kind};
    struct file file = {0};

    file.data = media_maker.draw(&drawing, &file.len);
    return file;
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
            uint16_t side = kind == FILE_WEBM ? 256 : 512; // as they are where the input asks for no size
            struct file file = draw(kind, look * LOOK, side, side);
            ck_assert_msg(file.len > 0 && file.len < 200000, "%d: %zu bytes", kind, file.len);
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

/* ---- Sound ---- */

static uint32_t little(const char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = 0; i < bytes; i++)
        number |= (uint32_t)(unsigned char)at[i] << 8 * i;
    return number;
}

START_TEST(test_wav)
{
    struct file file = draw(FILE_WAV, LOOK, 512, 512);
    const uint32_t bytes = WAV_NOTES * WAV_NOTE * 2;
    int loudest = 0;

    ck_assert_uint_eq(file.len, 44 + bytes);
    ck_assert_mem_eq(file.data, "RIFF", 4);
    ck_assert_uint_eq(little(file.data + 4, 4), file.len - 8);
    ck_assert_mem_eq(file.data + 8, "WAVEfmt ", 8);
    ck_assert_uint_eq(little(file.data + 16, 4), 16);
    ck_assert_uint_eq(little(file.data + 20, 2), 1);        // PCM
    ck_assert_uint_eq(little(file.data + 22, 2), 1);        // mono
    ck_assert_uint_eq(little(file.data + 24, 4), WAV_RATE); // samples a second
    ck_assert_uint_eq(little(file.data + 28, 4), WAV_RATE * 2);
    ck_assert_uint_eq(little(file.data + 32, 2), 2);
    ck_assert_uint_eq(little(file.data + 34, 2), 16);
    ck_assert_mem_eq(file.data + 36, "data", 4);
    ck_assert_uint_eq(little(file.data + 40, 4), bytes);
    for (size_t i = 44; i < file.len; i += 2) {
        int sample = (int16_t)little(file.data + i, 2);
        sample = sample < 0 ? -sample : sample;
        loudest = sample > loudest ? sample : loudest;
    }
    ck_assert_int_gt(loudest, 8000);
    ck_assert_int_lt(loudest, 12001);
    free(file.data);
}
END_TEST

/* How often a note crosses from below 0 to above it says how high it is. */
START_TEST(test_notes_are_of_the_scale)
{
    static const int scale[] = {262, 294, 330, 392, 440, 523, 587, 659};
    struct file file = draw(FILE_WAV, LOOK, 0, 0);
    bool moves = false;

    for (int note = 0, last = 0; note < WAV_NOTES; note++) {
        const char *at = file.data + 44 + note * WAV_NOTE * 2;
        int rises = 0, hertz = 0;
        for (int i = 1; i < WAV_NOTE / 2; i++) // at its end it is too low to be measured
            rises += (int16_t)little(at + 2 * i - 2, 2) <= 0 && (int16_t)little(at + 2 * i, 2) > 0;
        for (size_t i = 0; i < COUNT(scale) && !hertz; i++)
            if (abs(rises - scale[i] / 10) <= 1)
                hertz = scale[i];
        ck_assert_msg(hertz > 0, "note %d: %d", note, rises * 10);
        moves |= note > 0 && hertz != last;
        last = hertz;
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
    ck_assert_str_eq(hex, "07800104868d36d9cc590a3cacee8d17955111c511b1f2347242806a03de9b7d");
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

static void expect_frames(struct element cluster, int wanted_width, int wanted_height)
{
    const unsigned char *at = cluster.data, *end = at + cluster.len;
    uint8_t *before = NULL;
    size_t pixels_len = (size_t)wanted_width * (size_t)wanted_height * 3;
    unsigned frames = 0;

    while (at < end) {
        struct element block = next_element(&at, end);
        int width = 0, height = 0;
        if (block.id != 0xa3)
            continue;
        ck_assert_uint_eq(block.data[0], 0x81);                                              // track 1
        ck_assert_uint_eq(block.data[1] << 8 | block.data[2], frames * 1000 / VIDEO_FRAMES); // at so many ms
        ck_assert_uint_eq(block.data[3], 0x80);                                              // a key frame, no lacing
        ck_assert_uint_eq(block.data[4] & 1, 0);                                             // VP8 says so, too
        uint8_t *pixels = decode_frame(block.data + 4, block.len - 4, &width, &height);
        ck_assert_ptr_nonnull(pixels);
        ck_assert_int_eq(width, wanted_width);
        ck_assert_int_eq(height, wanted_height);
        ck_assert(!before || wanted_width < 16 || distance(before, pixels, pixels_len) > 1); // it moves
        WebPFree(before);
        before = pixels;
        frames++;
    }
    ck_assert_uint_eq(frames, VIDEO_FRAMES);
    WebPFree(before);
}

static void expect_webm(struct file file, int width, int height)
{
    const unsigned char *at = (const unsigned char *)file.data, *end = at + file.len;
    struct element head = next_element(&at, end), segment = next_element(&at, end);

    ck_assert_ptr_eq(at, end);
    ck_assert_uint_eq(head.id, 0x1a45dfa3);
    expect_text(child(head, 0x4282), "webm");
    ck_assert_uint_eq(segment.id, 0x18538067);
    struct element info = child(segment, 0x1549a966), track = child(child(segment, 0x1654ae6b), 0xae);
    ck_assert_uint_eq(number(child(info, 0x2ad7b1)), 1000000);
    ck_assert_uint_eq(number(child(info, 0x4489)), 0x447a0000); // 1000.0 as a float
    expect_text(child(track, 0x86), "V_VP8");
    ck_assert_uint_eq(number(child(track, 0xd7)), 1);
    ck_assert_uint_eq(number(child(track, 0x83)), 1);
    ck_assert_uint_eq(number(child(child(track, 0xe0), 0xb0)), (uint64_t)width);
    ck_assert_uint_eq(number(child(child(track, 0xe0), 0xba)), (uint64_t)height);
    struct element cluster = child(segment, 0x1f43b675);
    ck_assert_uint_eq(number(child(cluster, 0xe7)), 0);
    expect_frames(cluster, width, height);
    free(file.data);
}

START_TEST(test_webm)
{
    static const uint16_t sizes[][4] = {// asked for, drawn
                                        {256, 256, 256, 256},
                                        {65, 33, 65, 33},
                                        {1280, 720, 512, 288},
                                        {64, 2048, 16, 512},
                                        {1, 4096, 1, 512}};

    for (size_t i = 0; i < COUNT(sizes); i++)
        expect_webm(draw(FILE_WEBM, LOOK, sizes[i][0], sizes[i][1]), sizes[i][2], sizes[i][3]);
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
        [FILE_PNG] = {"png", "image/png"},          [FILE_WEBP] = {"webp", "image/webp"},
        [FILE_WEBM] = {"webm", "video/webm"},       [FILE_WAV] = {"wav", "audio/wav"},
        [FILE_JSON] = {"json", "application/json"}, [FILE_TXT] = {"txt", "text/plain; charset=utf-8"},
    };

    for (int kind = 0; kind < FILE_KINDS; kind++) {
        ck_assert_str_eq(file_kind_ending(kind), table[kind][0]);
        ck_assert_str_eq(file_kind_type(kind), table[kind][1]);
    }
}
END_TEST

SUITE("drawings", test_same_drawing_same_bytes, test_files_are_small, test_pictures_that_cannot_be_drawn, test_webp,
      test_wav, test_notes_are_of_the_scale, test_sound_is_the_same_everywhere, test_webm, test_texts,
      test_kinds_have_names_and_types);
