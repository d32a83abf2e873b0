#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "core/catalog.h"
#include "core/maker.h"
#include "lib/suite.h"
#include "media/controlnet.h"
#include "media/maker.h"
#include "media/picture_size.h"

#include <inttypes.h>
#include <spng.h>
#include <stdio.h>
#include <string.h>

/* ---- How large is it? ---- */

struct header {
    const char *name, *bytes;
    size_t len;
    size_t needed; // so many bytes tell the size, one less does not
    uint32_t width, height;
};

#define BYTES(literal) "" literal, sizeof(literal) - 1

#define PNG_START "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define JFIF      "\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define DHT       "\xff\xc4\0\4\0\0"
#define FRAME     "\0\x11\x08\1\xe0\2\x80\3\1\"\0\2\x11\1\3\x11\1" // behind its marker: 640 x 480, three components
#define SCAN      "\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0"

static const struct header headers[] = {
    {"png", BYTES(PNG_START "\0\0\2\x80\0\0\1\xe0\x08\2\0\0\0"), 24, 640, 480},
    {"png, largest", BYTES(PNG_START "\x7f\xff\xff\xff\0\0\0\1\x08"), 24, INT32_MAX, 1},
    {"gif87a", BYTES("GIF87a\x80\2\xe0\1\xf7\0\0"), 10, 640, 480},
    {"gif89a", BYTES("GIF89a\1\0\xff\xff\x80\0\0"), 10, 1, 65535},
    {"jpeg", BYTES("\xff\xd8" JFIF "\xff\xc0" FRAME SCAN), 29, 640, 480},
    {"jpeg, progressive", BYTES("\xff\xd8" JFIF DHT "\xff\xc2" FRAME), 35, 640, 480},
    {"jpeg, bare", BYTES("\xff\xd8\xff\xc1" FRAME), 11, 640, 480},
    {"jpeg, arithmetic", BYTES("\xff\xd8\xff\xcf" FRAME), 11, 640, 480},
    {"jpeg, fill bytes", BYTES("\xff\xd8\xff\xff\xff\xff\xc0" FRAME), 14, 640, 480},
    {"jpeg, tables that are no frame", BYTES("\xff\xd8" DHT "\xff\xc8\0\2\xff\xcc\0\2\xff\xc0" FRAME), 25, 640, 480},
    {"webp, lossy", BYTES("RIFF\x40\0\0\0WEBPVP8 \x34\0\0\0\x10\2\0\x9d\1\x2a\x80\x42\xe0\x81\0"), 30, 640, 480},
    {"webp, lossless", BYTES("RIFF\x40\0\0\0WEBPVP8L\x34\0\0\0\x2f\x7f\xc2\x77\0\0"), 25, 640, 480},
    {"webp, extended", BYTES("RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x7f\2\0\xdf\1\0A"), 30, 640, 480},
    {"webp, extended, largest", BYTES("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\0\0\0"), 30, 16777216, 1},
};

static const struct header unknown[] = {
    {.name = "png without width", BYTES(PNG_START "\0\0\0\0\0\0\1\xe0\x08\2\0\0\0")},
    {.name = "png without height", BYTES(PNG_START "\0\0\2\x80\0\0\0\0\x08\2\0\0\0")},
    {.name = "png, width above 2^31-1", BYTES(PNG_START "\x80\0\0\0\0\0\1\xe0\x08\2\0\0\0")},
    {.name = "png, height above 2^31-1", BYTES(PNG_START "\0\0\2\x80\xff\xff\xff\xff\x08\2\0\0\0")},
    {.name = "png, another chunk first", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rCgBI\0\0\2\x80\0\0\1\xe0\x08\2\0\0\0")},
    {.name = "png, broken line ends", BYTES("\x89PNG\n\x1a\n\n\0\0\0\rIHDR\0\0\2\x80\0\0\1\xe0\x08\2\0\0\0")},
    {.name = "gif without width", BYTES("GIF89a\0\0\xe0\1\xf7\0\0")},
    {.name = "gif of another version", BYTES("GIF90a\x80\2\xe0\1\xf7\0\0")},
    {.name = "jpeg, height behind the scan", BYTES("\xff\xd8\xff\xc0\0\x11\x08\0\0\2\x80\3\1\"\0\2\x11\1\3\x11\1")},
    {.name = "jpeg, scan before the frame", BYTES("\xff\xd8" SCAN "\xff\xc0" FRAME)},
    {.name = "jpeg, end before the frame", BYTES("\xff\xd8\xff\xd9\xff\xc0" FRAME)},
    {.name = "jpeg, end and then more", BYTES("\xff\xd8\xff\xd9\0\2\xff\xc0" FRAME)},
    {.name = "jpeg, restart before the frame", BYTES("\xff\xd8\xff\xd0\0\2\xff\xc0" FRAME)},
    {.name = "jpeg, segment shorter than its length", BYTES("\xff\xd8\xff\xe0\0\1\xff\xc0" FRAME)},
    {.name = "jpeg, segment of length 0", BYTES("\xff\xd8\xff\xe0\0\0\xff\xc0" FRAME)},
    {.name = "jpeg, segment past the end", BYTES("\xff\xd8\xff\xe0\xff\xff\xff\xc0" FRAME)},
    {.name = "jpeg, frame header too short", BYTES("\xff\xd8\xff\xc0\0\7\x08\1\xe0\2\x80\3\1\"\0\2\x11\1")},
    {.name = "jpeg, no marker", BYTES("\xff\xd8\0\xff\xc0" FRAME)},
    {.name = "jpeg, nothing but fill", BYTES("\xff\xd8\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
    {.name = "webp, not a key frame", BYTES("RIFF\x40\0\0\0WEBPVP8 \x34\0\0\0\x11\2\0\x9d\1\x2a\x80\2\xe0\1\0")},
    {.name = "webp, no start code", BYTES("RIFF\x40\0\0\0WEBPVP8 \x34\0\0\0\x10\2\0\x9d\1\x2b\x80\2\xe0\1\0")},
    {.name = "webp without width", BYTES("RIFF\x40\0\0\0WEBPVP8 \x34\0\0\0\x10\2\0\x9d\1\x2a\0\xc0\xe0\1\0")},
    {.name = "webp, no signature", BYTES("RIFF\x40\0\0\0WEBPVP8L\x34\0\0\0\x2e\x7f\xc2\x77\0\0")},
    {.name = "webp, another chunk first", BYTES("RIFF\x40\0\0\0WEBPALPH\x0a\0\0\0\x10\0\0\0\x7f\2\0\xdf\1\0A")},
    {.name = "a sound", BYTES("RIFF\x40\0\0\0WAVEVP8X\x0a\0\0\0\x10\0\0\0\x7f\2\0\xdf\1\0A")},
    {.name = "text", BYTES("Once upon a time there was a turtle of many colours.")},
    {.name = "nothing", BYTES("")},
};

enum { HEADERS = sizeof(headers) / sizeof(headers[0]), UNKNOWN = sizeof(unknown) / sizeof(unknown[0]) };

/* From a copy that ends where the bytes end, so that a sanitizer sees who reads on. */
static bool size_of(struct picture_size *size, const char *bytes, size_t len)
{
    unsigned char *copy = malloc(len ? len : 1);

    memcpy(copy, bytes, len);
    bool known = picture_size_of_bytes(size, copy, len);
    free(copy);
    return known;
}

START_TEST(test_sizes_cut_anywhere)
{
    for (size_t i = 0; i < HEADERS; i++) {
        const struct header *header = &headers[i];
        for (size_t len = 0; len <= header->len; len++) {
            struct picture_size size = {0};
            bool known = size_of(&size, header->bytes, len);
            ck_assert_msg(known == (len >= header->needed), "%s cut at %zu", header->name, len);
            if (!known)
                continue;
            ck_assert_msg(size.width == header->width && size.height == header->height, "%s: %" PRIu32 "x%" PRIu32,
                          header->name, size.width, size.height);
        }
    }
}
END_TEST

START_TEST(test_unknown_pictures)
{
    for (size_t i = 0; i < UNKNOWN; i++)
        for (size_t len = 0; len <= unknown[i].len; len++) {
            struct picture_size size;
            ck_assert_msg(!size_of(&size, unknown[i].bytes, len), "%s cut at %zu", unknown[i].name, len);
        }
}
END_TEST

/* ---- The same in a data: URI ---- */

static void add_base64(struct buf *buf, const char *bytes, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (i + j < len ? (unsigned char)bytes[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_char(buf, i + j <= len ? alphabet[group >> (18 - 6 * j) & 63] : '=');
    }
}

static bool size_of_uri(struct picture_size *size, const char *head, const char *bytes, size_t len)
{
    struct buf uri = {0};

    buf_str(&uri, head);
    add_base64(&uri, bytes, len);
    char *exact = xmemdup0(uri.data, uri.len); // ends where the text ends
    bool known = picture_size_of_uri(size, exact);
    free(exact);
    buf_free(&uri);
    return known;
}

START_TEST(test_data_uris_of_all_kinds)
{
    struct picture_size size;

    for (size_t i = 0; i < HEADERS; i++) {
        const struct header *header = &headers[i];
        ck_assert_msg(size_of_uri(&size, "data:application/octet-stream;base64,", header->bytes, header->len), "%s",
                      header->name);
        ck_assert_uint_eq(size.width, header->width);
        ck_assert_uint_eq(size.height, header->height);
    }
    for (size_t i = 0; i < UNKNOWN; i++)
        ck_assert_msg(!size_of_uri(&size, "data:image/png;base64,", unknown[i].bytes, unknown[i].len), "%s",
                      unknown[i].name);
}
END_TEST

START_TEST(test_data_uri_heads)
{
    static const struct {
        const char *head;
        bool good;
    } heads[] = {
        {"data:image/png;base64,", true},
        {"data:;base64,", true},
        {"data:text/plain;charset=utf-8;base64,", true},
        {"DATA:image/png;Base64,", true},
        {"data:image/png,", false},
        {"data:base64,", false},
        {"data:,", false},
        {"data:", false},
        {"data:image/png;base64", false},
        {"data:image/png;base64;charset=utf-8,", false},
        {"date:image/png;base64,", false},
        {"https://example.com/;base64,", false},
        {"", false},
    };
    struct picture_size size;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        ck_assert_msg(size_of_uri(&size, heads[i].head, headers[0].bytes, headers[0].len) == heads[i].good, "%s",
                      heads[i].head);
}
END_TEST

START_TEST(test_base64_as_clients_mangle_it)
{
    // a GIF of 763 x 63, because that has a plus and a slash; some are a byte longer and end with padding
    static const struct {
        const char *text;
        bool good;
    } uris[] = {
        {"data:;base64,R0lGODlh+wI/AAAA", true},
        {"data:;base64,R0lGODlh%2BwI%2FAAAA", true},
        {"data:;base64,R0lGODlh%2bwI%2fAAAA", true},
        {"data:;base64,R0lG\r\nODlh\n+wI/\tAA AA", true},
        {"data:;base64,R0lGODlh+wI/AAAAAA==", true},
        {"data:;base64,R0lGODlh+wI/AAAAAA%3D%3d", true},
        {"data:;base64,R0lGODlh+wI/AAAAAA", true}, // padding left out
        {"data:;base64,R0lGODlh+wI/A", false},
        {"data:;base64,R0lGODlh+wI/!AAA", false},
        {"data:;base64,R0lGODlh-wI_AAAA", false},
        {"data:;base64,R0lGODlh+wI/%41AAA", false},
        {"data:;base64,R0lGODlh%", false},
        {"data:;base64,R0lGODlh%2", false},
        {"data:;base64,R0lGODlh+wI/AAA%", false},
        {"data:;base64,   ", false},
        {"data:;base64,", false},
    };

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct picture_size size = {0};
        char *exact = xstrdup(uris[i].text);
        ck_assert_msg(picture_size_of_uri(&size, exact) == uris[i].good, "%s", exact);
        ck_assert(!uris[i].good || (size.width == 763 && size.height == 63));
        free(exact);
    }
}
END_TEST

/* A JPEG whose frame header stands behind `segments` colour profiles of 64 KiB. */
static void add_big_jpeg(struct buf *jpeg, int segments)
{
    buf_lit(jpeg, "\xff\xd8");
    for (int i = 0; i < segments; i++) {
        buf_lit(jpeg, "\xff\xe2\xff\xff");
        for (int j = 2; j < 65535; j++)
            buf_char(jpeg, '\xff');
    }
    buf_lit(jpeg, "\xff\xc2" FRAME);
}

START_TEST(test_work_is_bounded)
{
    struct picture_size size;

    for (int segments = 1; segments <= 4; segments++) {
        struct buf jpeg = {0};
        add_big_jpeg(&jpeg, segments);
        ck_assert(picture_size_of_bytes(&size, (unsigned char *)jpeg.data, jpeg.len));
        ck_assert_uint_eq(size.width, 640);
        // 192 KiB of it are 256 KiB of base64
        ck_assert_int_eq(size_of_uri(&size, "data:image/jpeg;base64,", jpeg.data, jpeg.len), segments < 3);
        buf_free(&jpeg);
    }
}
END_TEST

/* ---- What ControlNet would make of an input ---- */

static struct arena arena;

static cJSON *parse(const char *text)
{
    struct json_error error;
    cJSON *value = json_parse(&arena, text, strlen(text), JSON_REQUEST, &error);

    ck_assert_msg(value != NULL, "%s: %s", text, error.reason);
    return value;
}

static struct rng some_rng(void)
{
    return (struct rng){.key = {1, 2}};
}

static struct plan plan_of(const char *input)
{
    struct rng rng = some_rng();
    struct plan plan;

    memset(&plan, 0xa5, sizeof(plan));
    controlnet_plan(&plan, parse(input), &rng);
    return plan;
}

/* The trees that the plans were made from are done with. */
static void forget_inputs(void)
{
    arena_reset(&arena);
}

static uint64_t look_of(const char *input)
{
    struct plan plan = plan_of(input);
    uint64_t look = plan.look;

    forget_inputs();
    return look;
}

START_TEST(test_size_without_a_picture)
{
    static const struct {
        const char *input;
        int side;
    } table[] = {
        {"{}", 512},
        {"{\"image\":\"https://example.com/cat.png\"}", 512},
        {"{\"image\":\"https://example.com/cat.png\",\"image_resolution\":256}", 256},
        {"{\"image_resolution\":768}", 768},
        {"{\"image_resolution\":256.0}", 256},
        {"{\"image_resolution\":\"256\"}", 512},
        {"{\"image_resolution\":300}", 512},
        {"{\"image_resolution\":0}", 512},
        {"{\"image_resolution\":-256}", 512},
        {"{\"image_resolution\":1024}", 512},
        {"{\"image_resolution\":null,\"image\":5}", 512},
        {"[]", 512},
        {"null", 512},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct plan plan = plan_of(table[i].input);
        ck_assert_msg(plan.width == table[i].side && plan.height == table[i].side, "%s: %dx%d", table[i].input,
                      plan.width, plan.height);
        forget_inputs();
    }
}
END_TEST

START_TEST(test_seed_is_printed_as_sent)
{
    static const struct {
        const char *input, *line;
    } table[] = {
        {"{\"seed\":42}", "Using seed: 42\n"},
        {"{\"seed\":0}", "Using seed: 0\n"}, // "seed 0 is honoured"
        {"{\"seed\":-5}", "Using seed: -5\n"},
        {"{\"seed\":18446744073709551617}", "Using seed: 18446744073709551617\n"},
        {"{\"seed\":12345678901234567890123456789012345678901}",
         "Using seed: 1234567890123456789012345678901234567890\n"},
        {"{\"seed\":20.0}", "Using seed: 20\n"},
        {"{\"seed\":2e1}", "Using seed: 20\n"},
        {"{\"seed\":1e300}", "Using seed: 1000000000000000052504760255204420248704\n"},
        {"{\"seed\":1e999}", "Using seed: 1e999\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct rng rng = some_rng();
        struct plan plan;
        controlnet_plan(&plan, parse(table[i].input), &rng);
        ck_assert_str_eq(plan.log_head, table[i].line);
        ck_assert_uint_eq(rng.count, 0); // nothing was left to chance
        forget_inputs();
    }
}
END_TEST

START_TEST(test_seed_is_drawn)
{
    static const char *const inputs[] = {"{}", "{\"seed\":null}", "{\"seed\":\"7\"}", "{\"seed\":20.5}"};
    struct rng rng = some_rng(), same = some_rng();
    unsigned least = UINT32_MAX, most = 0;

    for (int i = 0; i < 400; i++) {
        struct plan plan;
        unsigned seed;
        controlnet_plan(&plan, parse(inputs[i % 4]), &rng);
        ck_assert_int_eq(strncmp(plan.log_head, "Using seed: ", 12), 0);
        seed = (unsigned)strtoul(plan.log_head + 12, NULL, 10);
        ck_assert_uint_eq(seed, rng_next(&same) & 0xffff);
        least = seed < least ? seed : least;
        most = seed > most ? seed : most;
        forget_inputs();
    }
    ck_assert_uint_lt(least, 1000); // "two random bytes"
    ck_assert_uint_gt(most, 64000);
    ck_assert_uint_le(most, 65535);
}
END_TEST

START_TEST(test_steps)
{
    static const struct {
        const char *input;
        int64_t steps;
    } table[] = {
        {"{}", 20},
        {"{\"steps\":1}", 1},
        {"{\"steps\":1000000000}", 1000000000},
        {"{\"steps\":1e9}", 1000000000},
        {"{\"steps\":50.0}", 50},
        {"{\"steps\":9007199254740993}", 9007199254740993}, // which no double can hold
        {"{\"steps\":9223372036854775807}", INT64_MAX},
        {"{\"steps\":9223372036854775808}", INT64_MAX},
        {"{\"steps\":1000000000000000000000}", INT64_MAX},
        {"{\"steps\":9223372036854775808.0}", INT64_MAX},
        {"{\"steps\":1e999}", INT64_MAX},
        {"{\"steps\":0}", 0},
        {"{\"steps\":-1}", 0},
        {"{\"steps\":-1000000000000000000000}", 0},
        {"{\"steps\":-1e30}", 0},
        {"{\"steps\":20.5}", 20},
        {"{\"steps\":\"30\"}", 20},
        {"{\"steps\":true}", 20},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct plan plan = plan_of(table[i].input);
        ck_assert_msg(plan.steps == table[i].steps, "%s: %" PRId64, table[i].input, plan.steps);
        forget_inputs();
    }
}
END_TEST

START_TEST(test_files_and_their_names)
{
    static const struct {
        const char *input;
        unsigned files;
        const char *names[5];
    } table[] = {
        {"{}", 1, {"out-0.png"}},
        {"{\"num_outputs\":4}", 4, {"out-0.png", "out-1.png", "out-2.png", "out-3.png"}},
        {"{\"return_reference_image\":true}", 2, {"ref-out.png", "out-0.png"}},
        {"{\"num_outputs\":4,\"return_reference_image\":true}",
         5,
         {"ref-out.png", "out-0.png", "out-1.png", "out-2.png", "out-3.png"}},
        {"{\"num_outputs\":0,\"return_reference_image\":\"true\"}", 1, {"out-0.png"}},
        {"{\"num_outputs\":5,\"return_reference_image\":1}", 1, {"out-0.png"}},
        {"{\"num_outputs\":2.0}", 2, {"out-0.png", "out-1.png"}},
        {"{\"num_outputs\":2.5}", 1, {"out-0.png"}},
        {"{\"num_outputs\":\"3\"}", 1, {"out-0.png"}},
        {"{\"num_outputs\":1e99}", 1, {"out-0.png"}},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct plan plan = plan_of(table[i].input);
        ck_assert_msg(plan.files == table[i].files, "%s: %d files", table[i].input, plan.files);
        for (unsigned file = 0; file < plan.files; file++) {
            char name[FILE_NAME_MAX];
            plan_file_name(&plan, file, name);
            ck_assert_str_eq(name, table[i].names[file]);
            ck_assert_int_eq(plan_file_index(&plan, name), (int)file);
        }
        forget_inputs();
    }
}
END_TEST

START_TEST(test_names_of_no_file)
{
    static const char *const names[] = {
        "",           "out-2.png", "out-00.png", "out-+0.png",  "out--1.png",         "out-0.PNG",   "out-0.png ",
        " out-0.png", "out-0.jpg", "out-.png",   "ref-out.png", "out-4294967296.png", "../out-0.png"};
    struct plan plan = {.files = 2};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(plan_file_index(&plan, names[i]) == -1, "%s", names[i]);
}
END_TEST

#define INPUT(rest) "{\"image\":\"https://example.com/a.png\",\"structure\":\"canny\",\"seed\":20" rest "}"
#define IMAGE(image, structure, thresholds)                                                                            \
    "{\"seed\":20,\"image\":\"" image "\",\"structure\":\"" structure "\"" thresholds "}"

START_TEST(test_what_shapes_a_picture)
{
    static const char *const same[] = {
        INPUT(",\"negative_prompt\":\"Longbody, lowres, bad anatomy, bad hands, missing fingers, extra digit, "
              "fewer digits, cropped, worst quality, low quality\""),
        INPUT(",\"scheduler\":\"DDIM\",\"scale\":9,\"eta\":-0.0,\"steps\":20"),
        INPUT(",\"scale\":9.0,\"low_threshold\":100,\"high_threshold\":200"),
        INPUT(",\"num_outputs\":3,\"return_reference_image\":true,\"image_resolution\":768"),
        INPUT(",\"num_inference_steps\":50,\"prompt\":\"\""),
    };
    static const char *const other[] = {
        INPUT(",\"prompt\":\"a turtle\""),
        INPUT(",\"negative_prompt\":\"\""),
        INPUT(",\"scheduler\":\"PNDM\""),
        INPUT(",\"scale\":9.1"),
        INPUT(",\"eta\":0.5"),
        INPUT(",\"steps\":21"),
        "{\"image\":\"https://example.com/a.png\",\"structure\":\"canny\",\"seed\":21}",
    };
    uint64_t look = look_of(INPUT(""));

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        ck_assert_msg(look_of(same[i]) == look, "%s", same[i]);
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        uint64_t another = look_of(other[i]);
        ck_assert_msg(another != look, "%s", other[i]);
        ck_assert_msg(another >> 32 == look >> 32, "the structure stays: %s", other[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert(another != look_of(other[j]));
    }
}
END_TEST

START_TEST(test_what_shapes_the_structure)
{
    static const char *const inputs[] = {IMAGE("https://a/1.png", "canny", ""), IMAGE("https://a/2.png", "canny", ""),
                                         IMAGE("https://a/1.png", "hed", ""),
                                         IMAGE("https://a/1.png", "canny", ",\"low_threshold\":99"),
                                         IMAGE("https://a/1.png", "canny", ",\"high_threshold\":99")};

    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
        for (size_t j = 0; j < i; j++)
            ck_assert(look_of(inputs[i]) >> 32 != look_of(inputs[j]) >> 32);
    // "[canny only]"
    ck_assert(look_of(inputs[2]) == look_of(IMAGE("https://a/1.png", "hed", ",\"low_threshold\":99")));
}
END_TEST

static uint64_t look_of_image(const char *image)
{
    struct rng rng = some_rng();
    struct plan plan;
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "image", image);
    controlnet_plan(&plan, input, &rng);
    cJSON_Delete(input);
    return plan.look;
}

START_TEST(test_long_images_differ_by_ends_and_length)
{
    enum { LEN = 300000 };
    char *image = malloc(LEN + 1);

    memset(image, 'A', LEN);
    image[LEN] = '\0';
    uint64_t look = look_of_image(image);
    ck_assert(look_of_image(image) == look);
    ck_assert(look_of_image(image + 1) != look);
    image[0] = 'B';
    ck_assert(look_of_image(image) != look);
    image[0] = 'A';
    image[LEN - 1] = 'B';
    ck_assert(look_of_image(image) != look);
    free(image);
}
END_TEST

START_TEST(test_inputs_are_marked_as_read)
{
    static const char *const keys[] = {
        "image", "prompt", "structure", "num_outputs",     "image_resolution",       "scheduler",     "steps",
        "scale", "seed",   "eta",       "negative_prompt", "return_reference_image", "low_threshold", "high_threshold"};
    struct rng rng = some_rng();
    struct buf text = {0};
    struct plan plan;

    buf_lit(&text, "{\"num_inference_steps\":1");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        buf_printf(&text, ",\"%s\":null", keys[i]);
    buf_lit(&text, "}");
    cJSON *input = parse(buf_cstr(&text));
    controlnet_plan(&plan, input, &rng);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        ck_assert_msg(json_was_read(cJSON_GetObjectItemCaseSensitive(input, keys[i])), "%s", keys[i]);
    ck_assert(!json_was_read(cJSON_GetObjectItemCaseSensitive(input, "num_inference_steps")));
    buf_free(&text);
    forget_inputs();
}
END_TEST

/* ---- The pictures ---- */

struct pixels {
    struct spng_ihdr header;
    unsigned char *bytes; // RGB
    size_t len;
};

static struct pixels decode(const char *png, size_t len)
{
    spng_ctx *ctx = spng_ctx_new(0);
    struct pixels pixels;

    ck_assert_int_eq(spng_set_png_buffer(ctx, png, len), SPNG_OK);
    ck_assert_int_eq(spng_get_ihdr(ctx, &pixels.header), SPNG_OK);
    ck_assert_int_eq(spng_decoded_image_size(ctx, SPNG_FMT_PNG, &pixels.len), SPNG_OK);
    pixels.bytes = malloc(pixels.len);
    ck_assert_int_eq(spng_decode_image(ctx, pixels.bytes, pixels.len, SPNG_FMT_PNG, 0), SPNG_OK);
    spng_ctx_free(ctx);
    return pixels;
}

static struct pixels draw(uint64_t look, uint16_t width, uint16_t height, bool reference)
{
    struct drawing drawing = {.look = look, .width = width, .height = height, .reference = reference};
    size_t len = 0;
    char *png = media_maker.draw(&drawing, &len);

    ck_assert_ptr_nonnull(png);
    struct pixels pixels = decode(png, len);
    free(png);
    return pixels;
}

/* Whether two drawings of 192 x 128 are the same picture. */
static bool same_picture(const struct drawing *one, const struct drawing *two)
{
    struct pixels a = draw(one->look, 192, 128, one->reference), b = draw(two->look, 192, 128, two->reference);
    bool same = a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;

    free(a.bytes);
    free(b.bytes);
    return same;
}

START_TEST(test_pictures_have_their_size)
{
    static const uint16_t sizes[][2] = {{1, 1},     {7, 9},    {8, 8},     {65, 3},    {512, 512},
                                        {512, 704}, {768, 64}, {4096, 64}, {64, 4096}, {4096, 1}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int reference = 0; reference < 2; reference++) {
            struct pixels pixels = draw(0x123456789abcdef0, sizes[i][0], sizes[i][1], reference);
            ck_assert_uint_eq(pixels.header.width, sizes[i][0]);
            ck_assert_uint_eq(pixels.header.height, sizes[i][1]);
            ck_assert_uint_eq(pixels.header.bit_depth, 8);
            ck_assert_uint_eq(pixels.header.color_type, SPNG_COLOR_TYPE_TRUECOLOR);
            ck_assert_uint_eq(pixels.len, (size_t)3 * sizes[i][0] * sizes[i][1]);
            free(pixels.bytes);
        }
}
END_TEST

START_TEST(test_pictures_that_cannot_be_drawn)
{
    static const uint16_t sizes[][2] = {{0, 64}, {64, 0}, {0, 0}, {4097, 64}, {64, 4097}, {65535, 65535}};
    size_t len;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        ck_assert_ptr_null(media_maker.draw(&(struct drawing){.width = sizes[i][0], .height = sizes[i][1]}, &len));
}
END_TEST

START_TEST(test_same_drawing_same_bytes)
{
    for (int reference = 0; reference < 2; reference++) {
        struct drawing drawing = {.look = 7, .width = 320, .height = 200, .reference = reference};
        size_t len, other_len;
        char *png = media_maker.draw(&drawing, &len), *other = media_maker.draw(&drawing, &other_len);
        ck_assert_uint_eq(len, other_len);
        ck_assert_mem_eq(png, other, len);
        free(png);
        free(other);
    }
}
END_TEST

/* Of the pixels, for zlib may pack them otherwise tomorrow. Every compiler and machine must draw these. */
START_TEST(test_pixels_are_the_same_everywhere)
{
    static const char *const digests[] = {
        "24f282069c77c9d05f0c21cd4352991358e38abcebaac8b0b4760a624c9bb7ca",
    };

    for (int reference = 0; reference < 1; reference++) {
        struct pixels pixels = draw(0x0123456789abcdef, 704, 512, reference);
        char hex[SHA256_HEX];
        digest_sha256_hex(hex, pixels.bytes, pixels.len);
        ck_assert_str_eq(hex, digests[reference]);
        free(pixels.bytes);
    }
}
END_TEST

START_TEST(test_outputs_differ_by_seed_and_number)
{
    struct plan plan = plan_of(INPUT(",\"num_outputs\":4")), again = plan_of(INPUT(",\"num_outputs\":4"));
    struct plan other = plan_of("{\"image\":\"https://example.com/a.png\",\"structure\":\"canny\",\"seed\":21}");
    struct drawing first = plan_drawing(&plan, 0);

    ck_assert_uint_eq(first.width, 512);
    ck_assert_uint_eq(first.height, 512);
    ck_assert(!first.reference);
    for (unsigned i = 1; i < 4; i++) {
        struct drawing drawing = plan_drawing(&plan, i);
        ck_assert(!same_picture(&first, &drawing));
        ck_assert(drawing.look >> 32 == first.look >> 32);
    }
    struct drawing same = plan_drawing(&again, 0), of_other_seed = plan_drawing(&other, 0);
    ck_assert(same_picture(&first, &same));
    ck_assert(!same_picture(&first, &of_other_seed));
    forget_inputs();
}
END_TEST

START_TEST(test_reference_picture)
{
    struct plan with = plan_of(INPUT(",\"return_reference_image\":true")), without = plan_of(INPUT(""));
    struct plan other_prompt = plan_of(INPUT(",\"return_reference_image\":true,\"prompt\":\"a turtle\""));
    struct plan other_image = plan_of(IMAGE("https://a/2.png", "canny", ",\"return_reference_image\":true"));
    struct drawing reference = plan_drawing(&with, 0), output = plan_drawing(&with, 1);
    struct drawing alone = plan_drawing(&without, 0), of_prompt = plan_drawing(&other_prompt, 0);
    struct drawing of_image = plan_drawing(&other_image, 0);

    ck_assert(reference.reference && !output.reference && !alone.reference);
    ck_assert_uint_eq(output.look, alone.look); // out-0.png is the same with and without a reference beside it
    ck_assert_uint_eq(reference.look >> 32, of_prompt.look >> 32); // the control map knows nothing of the prompt
    ck_assert_uint_ne(reference.look >> 32, of_image.look >> 32);
    forget_inputs();
}
END_TEST

START_TEST(test_maker_is_wired)
{
    struct rng rng = some_rng();
    struct plan plan, same = plan_of(INPUT(""));
    struct model model = {.full_name = "rossjillian/controlnet"};
    struct version controlnet = {.model = &model};
    size_t len, same_len;

    media_maker.plan(&plan, &controlnet, parse(INPUT("")), &rng);
    ck_assert_uint_eq(plan.look, same.look);
    struct drawing drawing = plan_drawing(&plan, 0);
    char *png = media_maker.draw(&drawing, &len), *other = media_maker.draw(&drawing, &same_len);
    ck_assert_uint_eq(len, same_len);
    ck_assert_mem_eq(png, other, len);
    free(png);
    free(other);
    forget_inputs();
}
END_TEST

static void tear_down(void)
{
    arena_free(&arena);
}

SUITE_WITH("media", NULL, tear_down, test_sizes_cut_anywhere, test_unknown_pictures, test_data_uris_of_all_kinds,
           test_data_uri_heads, test_base64_as_clients_mangle_it, test_work_is_bounded, test_size_without_a_picture,
           test_seed_is_printed_as_sent, test_seed_is_drawn, test_steps, test_files_and_their_names,
           test_names_of_no_file, test_what_shapes_a_picture, test_what_shapes_the_structure,
           test_long_images_differ_by_ends_and_length, test_inputs_are_marked_as_read, test_pictures_have_their_size,
           test_pictures_that_cannot_be_drawn, test_same_drawing_same_bytes, test_pixels_are_the_same_everywhere,
           test_outputs_differ_by_seed_and_number, test_reference_picture, test_maker_is_wired);
