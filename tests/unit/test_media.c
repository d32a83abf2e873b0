#include "base/buf.h"
#include "base/json.h"
#include "core/catalog.h"
#include "core/maker.h"
#include "lib/suite.h"
#include "media/controlnet.h"
#include "media/maker.h"

#include <inttypes.h>
#include <spng.h>
#include <stdio.h>
#include <string.h>

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

SUITE_WITH("media", NULL, tear_down, test_size_without_a_picture, test_seed_is_printed_as_sent, test_seed_is_drawn,
           test_steps, test_files_and_their_names, test_names_of_no_file, test_what_shapes_a_picture,
           test_what_shapes_the_structure, test_long_images_differ_by_ends_and_length, test_inputs_are_marked_as_read,
           test_pictures_have_their_size, test_pictures_that_cannot_be_drawn, test_same_drawing_same_bytes,
           test_outputs_differ_by_seed_and_number, test_reference_picture, test_maker_is_wired);
