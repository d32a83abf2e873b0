/* What inputs ask of pictures, sounds, videos and texts, in the words of published models. */
#include "lib/outputs.h"
#include "lib/suite.h"
#include "media/draw_wav.h"
#include "media/phrases.h"
#include "media/wishes.h"

#include <stdio.h>

static struct arena arena;

static cJSON *parse(const char *text)
{
    struct json_error error;
    cJSON *value = json_parse(&arena, text, strlen(text), JSON_GRAMMAR, &error);

    ck_assert_msg(value != NULL, "%s: %s", text, error.reason);
    return value;
}

static struct wishes wishes_of(const char *usual, const char *input)
{
    return (struct wishes){parse(input), parse(usual)};
}

/* ---- Sizes ---- */

struct size_case {
    const char *usual, *input;
    int width, height;
};

static void expect_sizes(const struct size_case *cases, size_t count, enum file_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        struct wishes wishes = wishes_of(cases[i].usual, cases[i].input);
        uint16_t width, height;
        wishes_size(&wishes, kind, &width, &height);
        ck_assert_msg(width == cases[i].width && height == cases[i].height, "%s, by default %s: %dx%d", cases[i].input,
                      cases[i].usual, width, height);
    }
    arena_reset(&arena);
}

#define RATIO(ratio) "{\"aspect_ratio\":\"" ratio "\"}"

/* As FLUX has them. */
START_TEST(test_ratios_of_pictures)
{
    static const struct size_case cases[] = {
        {"{}", RATIO("1:1"), 1024, 1024},
        {"{}", RATIO("16:9"), 1344, 768},
        {"{}", RATIO("21:9"), 1536, 640},
        {"{}", RATIO("3:2"), 1216, 832},
        {"{}", RATIO("2:3"), 832, 1216},
        {"{}", RATIO("4:5"), 896, 1088},
        {"{}", RATIO("5:4"), 1088, 896},
        {"{}", RATIO("3:4"), 896, 1152},
        {"{}", RATIO("4:3"), 1152, 896},
        {"{}", RATIO("9:16"), 768, 1344},
        {"{}", RATIO("9:21"), 640, 1536},
        // any other: a megapixel too
        {"{}", RATIO("2:1"), 1440, 736},
        {"{}", RATIO("16:10"), 1280, 800},
        {"{}", RATIO("1:3"), 576, 1760},
        {"{}", RATIO("1:8"), 352, 2048},
        {"{}", RATIO("1.91:1"), 1408, 736},
        // none of these is one
        {"{}", RATIO("1:9"), 512, 512},
        {"{}", RATIO("16:0"), 512, 512},
        {"{}", RATIO("0:9"), 512, 512},
        {"{}", RATIO("16:9:4"), 512, 512},
        {"{}", RATIO("16:"), 512, 512},
        {"{}", RATIO("16"), 512, 512},
        {"{}", RATIO(":9"), 512, 512},
        {"{}", RATIO("-16:9"), 512, 512},
        {"{}", RATIO("16:-9"), 512, 512},
        {"{}", RATIO("inf:1"), 512, 512},
        {"{}", RATIO("1e999:1"), 512, 512},
        {"{}", RATIO("match_input_image"), 512, 512},
        {"{}", RATIO(""), 512, 512},
        {"{}", "{\"aspect_ratio\":1.5}", 512, 512},
    };

    expect_sizes(cases, COUNT(cases), FILE_WEBP);
}
END_TEST

START_TEST(test_megapixels)
{
    static const struct size_case cases[] = {
        {RATIO("1:1"), "{\"megapixels\":\"0.25\"}", 512, 512},
        {RATIO("16:9"), "{\"megapixels\":\"0.25\"}", 672, 384},
        {RATIO("4:5"), "{\"megapixels\":\"0.25\"}", 448, 544},
        {RATIO("16:9"), "{\"megapixels\":\"1\"}", 1344, 768},
        {RATIO("1:1"), "{\"megapixels\":4}", 2048, 2048},
        {RATIO("21:9"), "{\"megapixels\":4}", 2048, 1280},
        {RATIO("1:1"), "{\"megapixels\":\"match_input\"}", 1024, 1024},
        {"{\"aspect_ratio\":\"1:1\",\"megapixels\":\"0.25\"}", "{}", 512, 512},
        {"{\"aspect_ratio\":\"1:1\",\"megapixels\":\"0.25\"}", "{\"megapixels\":\"1\"}", 1024, 1024},
    };

    expect_sizes(cases, COUNT(cases), FILE_WEBP);
}
END_TEST

#define LORA "{\"aspect_ratio\":\"1:1\",\"megapixels\":\"1\"}" // width and height have no default

START_TEST(test_sizes_of_pictures)
{
    static const struct size_case cases[] = {
        {"{}", "{}", 512, 512},
        {"{}", "{\"width\":768,\"height\":1024}", 768, 1024},
        {"{}", "{\"width\":768}", 768, 512},
        {"{\"width\":1024,\"height\":1024}", "{}", 1024, 1024},
        {"{\"width\":1024,\"height\":1024}", "{\"height\":256}", 1024, 256},
        {"{\"width\":1024,\"height\":4096}", "{\"width\":63}", 1024, 512},
        {"{}", "{\"width\":64,\"height\":2048}", 64, 2048},
        {"{}", "{\"width\":2049,\"height\":100.5}", 512, 512},
        // "Only works if `aspect_ratio` is set to custom."
        {LORA, "{}", 1024, 1024},
        {LORA, "{\"width\":256,\"height\":512}", 1024, 1024},
        {LORA, "{\"aspect_ratio\":\"custom\",\"width\":256,\"height\":512}", 256, 512},
        {LORA, "{\"aspect_ratio\":\"custom\"}", 512, 512},
        {LORA, RATIO("3:2"), 1216, 832},
        // "Overrides aspect ratio."
        {"{\"aspect_ratio\":\"1:1\",\"resolution\":\"None\"}", "{}", 1024, 1024},
        {"{\"aspect_ratio\":\"1:1\",\"resolution\":\"None\"}", "{\"resolution\":\"832x1024\"}", 832, 1024},
        {"{\"size\":\"1024x1024\"}", "{}", 1024, 1024},
        {"{\"size\":\"1024x1024\"}", "{\"size\":\"1820x1024\"}", 1820, 1024},
        {"{\"size\":\"1024x1024\"}", RATIO("2:3"), 832, 1216},
        {"{\"aspect_ratios_selection\":\"1152*896\"}", "{}", 1152, 896},
        {"{}", "{\"image_size\":\"1920x1080\"}", 1920, 1080},
        {"{}", "{\"image_size\":\"7680x4320\"}", 512, 512},
        {"{}", "{\"image_size\":\"1920x\"}", 512, 512},
        {"{}", "{\"image_size\":\"1920 x 1080\"}", 512, 512},
        {"{\"image_resolution\":\"512\"}", "{\"image_resolution\":\"768\"}", 768, 768},
        {"{\"image_resolution\":768}", "{}", 768, 768},
        {"{\"size\":40}", "{}", 512, 512},
        {"{\"size\":\"square\"}", "{}", 512, 512},
    };

    expect_sizes(cases, COUNT(cases), FILE_PNG);
}
END_TEST

/* In proportion, even, and small. */
START_TEST(test_sizes_of_videos)
{
    static const struct size_case cases[] = {
        {"{}", "{}", 384, 216},
        {"{}", RATIO("16:9"), 384, 216},
        {"{}", RATIO("9:16"), 216, 384},
        {"{}", RATIO("1:1"), 384, 384},
        {"{}", RATIO("4:3"), 384, 288},
        {"{}", RATIO("21:9"), 384, 164},
        {RATIO("3:4"), "{}", 288, 384},
        {"{}", "{\"width\":1280,\"height\":720}", 384, 216},
        {"{}", "{\"width\":256,\"height\":256}", 256, 256},
        {"{}", "{\"width\":101,\"height\":65}", 102, 66},
        {"{}", "{\"resolution\":\"720p\"}", 384, 216},
        {RATIO("9:16"), "{\"resolution\":\"1080p\"}", 216, 384},
        {"{}", "{\"resolution\":\"320x240\"}", 320, 240},
    };

    expect_sizes(cases, COUNT(cases), FILE_WEBM);
}
END_TEST

/* ---- Kinds, counts, lengths ---- */

START_TEST(test_formats)
{
    static const struct {
        const char *usual, *input;
        enum file_kind of_example, kind;
    } table[] = {
        {"{}", "{}", FILE_PNG, FILE_PNG},
        {"{}", "{}", FILE_WEBP, FILE_WEBP},
        {"{}", "{\"output_format\":\"jpg\"}", FILE_PNG, FILE_JPEG},
        {"{}", "{\"output_format\":\"JPEG\"}", FILE_PNG, FILE_JPEG},
        {"{}", "{\"output_format\":\"WebP\"}", FILE_PNG, FILE_WEBP},
        {"{}", "{\"output_format\":\"png\"}", FILE_WEBP, FILE_PNG},
        {"{}", "{\"output_format\":\"gif\"}", FILE_WEBP, FILE_PNG},
        {"{}", "{\"output_format\":\"avif\"}", FILE_WEBP, FILE_WEBP},
        {"{}", "{\"output_format\":7}", FILE_WEBP, FILE_WEBP},
        {"{\"output_format\":\"webp\"}", "{}", FILE_PNG, FILE_WEBP},
        {"{\"output_format\":\"webp\"}", "{\"output_format\":\"tiles\"}", FILE_JPEG, FILE_WEBP},
        {"{\"output_format\":\"webp\"}", "{\"output_format\":\"png\"}", FILE_JPEG, FILE_PNG},
        {"{\"output_format\":\"wav\"}", "{\"output_format\":\"mp3\"}", FILE_WAV, FILE_WAV},
        {"{\"output_format\":\"mp4\"}", "{\"output_format\":\"gif\"}", FILE_WEBM, FILE_WEBM},
        {"{}", "{\"output_format\":\"mp4\"}", FILE_PNG, FILE_PNG},
        {"{}", "{\"output_format\":\"png\"}", FILE_JSON, FILE_JSON},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct wishes wishes = wishes_of(table[i].usual, table[i].input);
        ck_assert_msg(wishes_kind(&wishes, table[i].of_example) == table[i].kind, "%s, by default %s: %s",
                      table[i].input, table[i].usual, file_kind_ending(wishes_kind(&wishes, table[i].of_example)));
    }
    arena_reset(&arena);
}
END_TEST

START_TEST(test_counts)
{
    static const struct {
        const char *usual, *input;
        unsigned count;
    } table[] = {
        {"{}", "{}", 2},
        {"{}", "{\"num_outputs\":4}", 4},
        {"{\"num_outputs\":3}", "{}", 3},
        {"{\"num_outputs\":3}", "{\"num_outputs\":1}", 1},
        {"{}", "{\"number_of_images\":4}", 4},
        {"{\"num_samples\":\"1\"}", "{\"num_samples\":\"4\"}", 4},
        {"{}", "{\"num_images\":5}", 5},
        {"{}", "{\"num_images_per_prompt\":4}", 4},
        {"{}", "{\"max_images\":4}", 4},
        {"{}", "{\"num_outputs\":17}", PLAN_MAX_FILES},
        {"{}", "{\"num_outputs\":1e6}", PLAN_MAX_FILES},
        {"{}", "{\"num_outputs\":0}", 2},
        {"{}", "{\"num_outputs\":-1}", 2},
        {"{}", "{\"num_outputs\":2.5}", 2},
        {"{}", "{\"num_outputs\":1e999}", 2},
        {"{}", "{\"num_outputs\":\"many\"}", 2},
        {"{}", "{\"num_outputs\":null}", 2},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct wishes wishes = wishes_of(table[i].usual, table[i].input);
        ck_assert_msg(wishes_count(&wishes, 2) == table[i].count, "%s, by default %s", table[i].input, table[i].usual);
    }
    arena_reset(&arena);
}
END_TEST

START_TEST(test_lengths)
{
    static const struct {
        enum file_kind kind;
        const char *usual, *input;
        unsigned length, frames;
    } table[] = {
        {FILE_WAV, "{}", "{}", 0, 0},
        {FILE_WAV, "{\"duration\":8}", "{}", 8000, 0},
        {FILE_WAV, "{\"duration\":8}", "{\"duration\":5}", 5000, 0},
        {FILE_WAV, "{\"duration\":8}", "{\"duration\":0.5}", 500, 0},
        {FILE_WAV, "{}", "{\"seconds_total\":30}", WAV_MAX_LENGTH, 0},
        {FILE_WAV, "{}", "{\"duration\":1e300}", 0, 0},
        {FILE_WAV, "{\"duration\":8}", "{\"duration\":0}", 8000, 0},
        {FILE_WAV, "{\"duration\":8}", "{\"duration\":-1}", 8000, 0},
        {FILE_WEBM, "{}", "{}", 0, 0},
        {FILE_WEBM, "{}", "{\"duration\":3}", 3000, 30},
        {FILE_WEBM, "{}", "{\"duration\":\"5s\"}", 5000, 40},
        {FILE_WEBM, "{}", "{\"duration\":60}", 10000, 40},
        {FILE_WEBM, "{}", "{\"duration\":1,\"fps\":24}", 1000, 24},
        {FILE_WEBM, "{}", "{\"duration\":3,\"fps\":0.1}", 3000, 30},
        {FILE_WEBM, "{}", "{\"fps\":5}", 2000, 10},
        {FILE_WEBM, "{\"fps\":8}", "{\"num_frames\":16}", 2000, 16},
        {FILE_WEBM, "{\"fps\":8,\"num_frames\":16}", "{}", 2000, 16},
        {FILE_WEBM, "{\"fps\":8,\"num_frames\":16}", "{\"duration\":1}", 1000, 8},
        {FILE_WEBM, "{\"frame_rate\":24,\"length\":97}", "{}", 4041, 40},
        {FILE_WEBM, "{}", "{\"video_length\":\"14_frames_with_svd\",\"frames_per_second\":7}", 2000, 14},
        {FILE_WEBM, "{\"num_frames\":16}", "{\"num_frames\":0}", 1600, 16},
        {FILE_WEBM, "{}", "{\"num_frames\":1,\"fps\":60}", 16, 1},
        {FILE_PNG, "{}", "{\"duration\":3,\"fps\":24}", 0, 0},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct wishes wishes = wishes_of(table[i].usual, table[i].input);
        struct plan plan = {0};
        wishes_length(&wishes, table[i].kind, &plan);
        ck_assert_msg(plan.length == table[i].length && plan.frames == table[i].frames,
                      "%s, by default %s: %d ms, %d frames", table[i].input, table[i].usual, plan.length, plan.frames);
    }
    arena_reset(&arena);
}
END_TEST

START_TEST(test_words)
{
    static const struct {
        const char *usual, *input;
        unsigned words;
    } table[] = {
        {"{}", "{}", 80},
        {"{}", "{\"max_tokens\":40}", 30},
        {"{}", "{\"max_new_tokens\":1000}", 200},
        {"{}", "{\"max_length\":1}", 1},
        {"{\"max_tokens\":512}", "{}", 80},
        {"{\"max_tokens\":40}", "{}", 30},
        {"{\"max_tokens\":512}", "{\"max_tokens\":512}", 200},
        {"{\"max_new_tokens\":-1}", "{}", 80},
        {"{\"max_tokens\":40}", "{\"max_tokens\":0}", 30},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct wishes wishes = wishes_of(table[i].usual, table[i].input);
        ck_assert_msg(wishes_words(&wishes) == table[i].words, "%s, by default %s: %d", table[i].input, table[i].usual,
                      wishes_words(&wishes));
    }
    arena_reset(&arena);
}
END_TEST

/* ---- What a text speaks of ---- */

START_TEST(test_phrases)
{
    static const struct {
        const char *text, *phrases; // the latter with a comma behind each
    } table[] = {
        {"", ""},
        {"a photo of a brightly colored turtle", "photo,brightly colored turtle,"},
        {"What does this mean when it comes to speed?", "mean,comes,speed,"},
        {"Please tell me WHY the sky is blue.", "sky,blue,"},
        {"what's the capital of Perú, and who's there?", "capital,Perú,"},
        {"one two three four five", "one two three,four five,"},
        {"a lighthouse, a Lighthouse and a LIGHTHOUSE", "lighthouse,"},
        {"8 billion parameters; 70", "8 billion parameters,"},
        {"1 2 3 x", ""},
        {"“quoted words” — and dashes…", "quoted words,dashes,"},
        {"line\nbreaks  and two  spaces", "line,breaks,two,spaces,"},
        {"state-of-the-art", "state-of-the-art,"},
        {"a b c d e f g h i j of k", ""},
        {"aa.bb.cc.dd.ee.ff.gg.hh.ii.jj", "aa,bb,cc,dd,ee,ff,gg,hh,"},
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac,"},
        {"a word of wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww letters", "word,letters,"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct slice phrases[PHRASES_MAX];
        struct buf found = {0};
        char *text = xmemdup0(table[i].text, strlen(table[i].text)); // a sanitizer sees who reads on
        unsigned count = phrases_find(phrases, (struct slice){text, strlen(text)});
        for (unsigned j = 0; j < count; j++)
            buf_printf(&found, "%.*s,", (int)phrases[j].len, phrases[j].data);
        ck_assert_str_eq(buf_cstr(&found), table[i].phrases);
        buf_free(&found);
        free(text);
    }
}
END_TEST

SUITE("wishes", test_ratios_of_pictures, test_megapixels, test_sizes_of_pictures, test_sizes_of_videos, test_formats,
      test_counts, test_lengths, test_words, test_phrases);
