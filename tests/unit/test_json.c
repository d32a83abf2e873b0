#include "base/json.h"
#include "base/json_scan.h"
#include "lib/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void forget(void)
{
    arena_free(&arena);
}

/* From a block of exactly this size that is gone afterwards: reading beyond it, or a tree that still points
 * into it, shows under the sanitizers. */
static cJSON *parse_bytes(const char *bytes, size_t len, enum json_rules rules, struct json_error *error)
{
    char *exact = xmalloc(len);

    if (len > 0)
        memcpy(exact, bytes, len);
    *error = (struct json_error){0};
    cJSON *root = json_parse(&arena, exact, len, rules, error);
    free(exact);
    return root;
}

static cJSON *parse_with(const char *text, enum json_rules rules)
{
    struct json_error error;
    cJSON *root = parse_bytes(text, strlen(text), rules, &error);

    ck_assert_msg(root != NULL, "%s: %s", text, error.reason);
    return root;
}

static cJSON *parse(const char *text)
{
    return parse_with(text, JSON_REQUEST);
}

static void expect_refused(const char *bytes, size_t len, enum json_rules rules, const char *reason, size_t line,
                           size_t column)
{
    struct json_error error;

    ck_assert_msg(!parse_bytes(bytes, len, rules, &error), "accepted, without '%s': %s", reason, bytes);
    ck_assert_str_eq(error.reason, reason);
    ck_assert_msg(error.line == line && error.column == column, "%s: at %zu:%zu instead of %zu:%zu", reason, error.line,
                  error.column, line, column);
}

/* A text of `count` times `piece`, then `middle`, then `count` times `tail`; free() it. */
static char *repeat(const char *piece, const char *middle, const char *tail, size_t count)
{
    struct buf text = {0};
    size_t len;

    for (size_t i = 0; i < count; i++)
        buf_str(&text, piece);
    buf_str(&text, middle);
    for (size_t i = 0; i < count; i++)
        buf_str(&text, tail);
    buf_char(&text, '\0');
    return buf_take(&text, &len);
}

START_TEST(test_accepts)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "\"\"",
        "0",
        "-0",
        "10",
        "1.5",
        "-1.5e+10",
        "1E5",
        "1e-5",
        "0.0",
        "true",
        "false",
        "null",
        " \t\r\n[ \t\r\n1 , 2 ] \n",
        "{ \"a\" : [ { } ] , \"b\" : { \"c\" : null } }",
        "{\"\":0}",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"]",
        "\"\x7f\"",
        "\"\xc2\x80\xdf\xbf\"",
        "\"\xe0\xa0\x80\xef\xbf\xbf\"",
        "\"\xed\x9f\xbf\xee\x80\x80\"",
        "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
        "\"\xef\xbb\xbf\"",
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        parse(texts[i]);
}
END_TEST

START_TEST(test_reasons)
{
    static const struct {
        const char *text, *reason;
        size_t line, column;
    } cases[] = {
        {"", "expected a value, found the end of the text", 1, 1},
        {" \n ", "expected a value, found the end of the text", 2, 2},
        {"\xef\xbb\xbf{}", "a byte order mark (0xef 0xbb 0xbf) may not stand before the JSON text", 1, 1},
        {"\xff\xfe{", "expected a value, found 0xff", 1, 1},
        {"\x01", "expected a value, found 0x01", 1, 1},
        {"\x7f", "expected a value, found 0x7f", 1, 1},
        {"\xc2\x85", "expected a value, found 0xc2", 1, 1},
        {"{} x", "expected the end of the text after the value, found 'x'", 1, 4},
        {"1 2", "expected the end of the text after the value, found '2'", 1, 3},
        {"]", "expected a value, found ']'", 1, 1},
        {"[", "expected a value or ']', found the end of the text", 1, 2},
        {"[,1]", "expected a value or ']', found ','", 1, 2},
        {"[1", "expected ',' or ']' after an element, found the end of the text", 1, 3},
        {"[1 2]", "expected ',' or ']' after an element, found '2'", 1, 4},
        {"[1}", "expected ',' or ']' after an element, found '}'", 1, 3},
        {"[1,]", "expected a value after ',', found ']'", 1, 4},
        {"{", "expected a key in double quotes or '}', found the end of the text", 1, 2},
        {"{a:1}", "expected a key in double quotes or '}', found 'a'", 1, 2},
        {"{'a':1}", "expected a key in double quotes or '}', found \"'\"", 1, 2},
        {"{\xe2\x80\x9c"
         "a",
         "expected a key in double quotes or '}', found '\xe2\x80\x9c'", 1, 2},
        {"{\"a\":1,}", "expected a key in double quotes after ',', found '}'", 1, 8},
        {"{\"a\" 1}", "expected ':' after a key, found '1'", 1, 6},
        {"{\"a\":}", "expected a value after ':', found '}'", 1, 6},
        {"{\"a\":1 x", "expected ',' or '}' after a member, found 'x'", 1, 8},
        {"{\"a\":1\n\"b\":2}", "expected ',' or '}' after a member, found '\"'", 2, 1},
        {"[nul]", "expected a value: a word without quotes may only be true, false or null", 1, 2},
        {"NaN", "expected a value: a word without quotes may only be true, false or null", 1, 1},
        {"tru", "expected a value: a word without quotes may only be true, false or null", 1, 1},
        {"nullx", "expected the end of the text after the value, found 'x'", 1, 5},
        {"012", "a number may not begin with 0", 1, 1},
        {"-00", "a number may not begin with 0", 1, 2},
        {"+1", "a number may not begin with '+'", 1, 1},
        {".5", "a number may not begin with '.'", 1, 1},
        {"-", "expected a digit after '-', found the end of the text", 1, 2},
        {"-x", "expected a digit after '-', found 'x'", 1, 2},
        {"1.", "expected a digit after '.', found the end of the text", 1, 3},
        {"1.e1", "expected a digit after '.', found 'e'", 1, 3},
        {"1e", "expected a digit in the exponent, found the end of the text", 1, 3},
        {"1e+-1", "expected a digit in the exponent, found '-'", 1, 4},
        {"0x10", "expected the end of the text after the value, found 'x'", 1, 2},
        {"\"abc", "expected '\"' at the end of the string, found the end of the text", 1, 5},
        {"\"a\nb\"", "a control character in a string must be written as \\u000a", 1, 3},
        {"\"12345678\x1f\"", "a control character in a string must be written as \\u001f", 1, 10},
        {"\"\\x\"", "expected one of \" \\ / b f n r t u after \\, found 'x'", 1, 3},
        {"\"\\", "expected one of \" \\ / b f n r t u after \\, found the end of the text", 1, 3},
        {"\"\\u12G4\"", "expected four hexadecimal digits after \\u, found 'G'", 1, 6},
        {"\"\\u12", "expected four hexadecimal digits after \\u, found the end of the text", 1, 6},
        {"\"\\ud800\\u12\"", "expected four hexadecimal digits after \\u, found '\"'", 1, 12},
        {"[\"\\u0000\"]", "a string may not contain \\u0000", 1, 3},
        {"{\"a\\u0000\":1}", "a string may not contain \\u0000", 1, 4},
        {"\"\xe4\xb8\xad\xff\"", "expected UTF-8 in a string, found the byte 0xff", 1, 3},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        expect_refused(cases[i].text, strlen(cases[i].text), JSON_REQUEST, cases[i].reason, cases[i].line,
                       cases[i].column);
    expect_refused("[\0]", 3, JSON_REQUEST, "expected a value or ']', found 0x00", 1, 2);
    expect_refused("\"a\0\"", 4, JSON_REQUEST, "a string may not contain \\u0000", 1, 3);
    expect_refused("\"a\0\"", 4, JSON_GRAMMAR, "a control character in a string must be written as \\u0000", 1, 3);
}
END_TEST

START_TEST(test_nothing_at_all)
{
    struct json_error error;

    ck_assert_ptr_null(json_parse(&arena, NULL, 0, JSON_REQUEST, &error));
    ck_assert_str_eq(error.reason, "expected a value, found the end of the text");
}
END_TEST

START_TEST(test_columns_count_characters)
{
    const char *text = "{\r\n  \"k\xc3\xa4se\": \"\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x8c\x80\" !}";

    expect_refused(text, strlen(text), JSON_GRAMMAR, "expected ',' or '}' after a member, found '!'", 2, 18);
}
END_TEST

/* JSONTestSuite reaches us as JavaScript strings, in which bad bytes have become U+FFFD. So here they are. */
START_TEST(test_refuses_bad_utf8)
{
    static const char *const sequences[] = {
        "\x80", // a continuation byte alone
        "\xbf",
        "\xc0\x80", // overlong
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", // surrogates
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", // above U+10FFFF
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc3", // cut
        "\xe4\xb8",
        "\xf0\x9f\x8c",
        "\xc3(", // broken by something else
        "\xe4(\xad",
        "\xe4\xb8(",
        "\xf0(\x8c\x80",
        "\xf0\x9f(\x80",
        "\xf0\x9f\x8c(",
        "\xe9", // Latin-1
    };
    static const char *const frames[][2] = {
        {"\"", "\""}, {"[\"12345678", "12345678\"]"}, {"{\"", "\":0}"}, {"\"\xe4\xb8\xad", "\xe4\xb8\xad\""},
        {"\"", ""},
    };

    for (size_t i = 0; i < COUNT(sequences) * COUNT(frames); i++) {
        const char *bad = sequences[i / COUNT(frames)], *const *frame = frames[i % COUNT(frames)];
        char *text = arena_printf(&arena, "%s%s%s", frame[0], bad, frame[1]);
        char *reason = arena_printf(&arena, "expected UTF-8 in a string, found the byte 0x%02x", (uint8_t)*bad);
        size_t column = (uint8_t)frame[0][1] >= 0x80 ? 3 : strlen(frame[0]) + 1;
        expect_refused(text, strlen(text), JSON_GRAMMAR, reason, 1, column);
    }
}
END_TEST

/* Bytes that need not come from JSON: eight are looked at together, so the bad one must be seen in every place. */
START_TEST(test_puts_any_bytes)
{
    char text[32], expected[64];

    for (size_t place = 0; place < 20; place++) {
        memset(text, 'x', sizeof(text));
        ck_assert(json_is_utf8(text, 20));
        text[place] = '\xff';
        ck_assert_msg(!json_is_utf8(text, 20), "place %zu", place);
        ck_assert(json_is_utf8(text, place));
        struct buf out = {0};
        json_put_bytes(&out, text, 20);
        snprintf(expected, sizeof(expected), "\"%.*s\xef\xbf\xbd%.*s\"", (int)place, text, (int)(19 - place),
                 text + place + 1);
        ck_assert_str_eq(buf_cstr(&out), expected);
        buf_free(&out);
    }
}
END_TEST

START_TEST(test_puts_bytes_of_every_kind)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"a\xe4\xb8\xad<\xf0\x9f\x8c\x80", "\"a\xe4\xb8\xad\\u003c\xf0\x9f\x8c\x80\""},
        {"\xe4\xb8", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\x80\xe4\xb8\xad\xc0", "\"\xef\xbf\xbd\xe4\xb8\xad\xef\xbf\xbd\""}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {0};
        json_put_bytes(&out, cases[i][0], strlen(cases[i][0]));
        ck_assert_str_eq(buf_cstr(&out), cases[i][1]);
        buf_free(&out);
    }
    ck_assert(json_is_utf8(NULL, 0));
}
END_TEST

/* The path of what is unread has its bound, and an empty key is a key. */
START_TEST(test_unread_paths_are_bounded)
{
    char *longest = repeat("k", "", "", JSON_UNREAD_PATH - 3), *longer = repeat("k", "", "", JSON_UNREAD_PATH - 2);
    const cJSON *document =
        parse(arena_printf(&arena, "{\"\":0,\"a\":{\"%s\":1,\"%s\":2},\"b\":[{\"c\":1}]}", longest, longer));
    struct buf out = {0};

    json_get(document, "x"); // opens it
    json_get(json_get(document, "a"), "x");
    json_get(json_get(document, "b")->child, "x");
    json_put_unread(&out, document);
    const char *expected = arena_printf(&arena, "|a.%s|b.0.c|", longest);
    for (size_t i = 0; i < out.len; i++)
        out.data[i] = out.data[i] ? out.data[i] : '|';
    ck_assert_str_eq(buf_cstr(&out), expected);
    buf_free(&out);
    free(longest);
    free(longer);
}
END_TEST

START_TEST(test_refuses_bad_bytes_outside_strings)
{
    static const char *const texts[] = {
        "\xc3\xa9", "\xe9",       "[\xff]",          "[1\xff]",     "[1e1\xe5]",      "[1e\xe5]", "[-\xe5]",
        "[0\xe5]",  "[a\xe5]",    "\"\\\xe5\"",      "\"\\u\xe5\"", "\"\\u00\xe5\"",  "{\xc3}",   "{\"a\"\x80:1}",
        "[1,\xbf]", "\xef\xbb{}", "[1]\xef\xbb\xbf", "\xc2\xa0[]",  "[\xe2\x81\xa0]",
    };
    struct json_error error;

    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!parse_bytes(texts[i], strlen(texts[i]), JSON_GRAMMAR, &error), "text %zu", i);
}
END_TEST

/* Eight bytes are looked at together: every byte must be seen in every place. */
START_TEST(test_every_byte_in_every_place)
{
    for (int i = 0; i < 256 * 20; i++) {
        char text[24];
        int c = i / 20;
        struct json_error error;
        memset(text, 'x', sizeof(text));
        text[0] = text[sizeof(text) - 1] = '"';
        text[1 + i % 20] = (char)c;
        bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
        cJSON *root = parse_bytes(text, sizeof(text), JSON_GRAMMAR, &error);
        ck_assert_msg((root != NULL) == plain, "byte 0x%02x in place %d: %s", (unsigned)c, i % 20, error.reason);
        if (plain)
            ck_assert_mem_eq(root->valuestring, text + 1, sizeof(text) - 2);
    }
}
END_TEST

START_TEST(test_strings_are_decoded)
{
    static const char *const cases[][2] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u00E9\\u4e2d\\uFFFF\"", "A\xc3\xa9\xc3\xa9\xe4\xb8\xad\xef\xbf\xbf"},
        {"\"\\u007f\\u0080\\u07ff\\u0800\"", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"},
        {"\"\\ud83c\\udf00\"", "\xf0\x9f\x8c\x80"},
        {"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\"\\ud800\"", "\xef\xbf\xbd"},
        {"\"\\udc00x\"", "\xef\xbf\xbdx"},
        {"\"\\ud800x\"", "\xef\xbf\xbdx"},
        {"\"\\ud800\\n\"", "\xef\xbf\xbd\n"},
        {"\"\\ud800\\u0041\"", "\xef\xbf\xbd"
                               "A"},
        {"\"\\udc00\\ud800\"", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\"\\udc00\\udc00\"", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\"\\ud800\\ue000\"", "\xef\xbf\xbd\xee\x80\x80"},
        {"\"\\ud800\\ud83c\\udf00\"", "\xef\xbf\xbd\xf0\x9f\x8c\x80"},
        {"\"a long span, then \\n and another long span\\u0021\"", "a long span, then \n and another long span!"},
        {"\"\xe4\xb8\xad\\t\xe6\x96\x87 and \xf0\x9f\x8c\x80\"", "\xe4\xb8\xad\t\xe6\x96\x87 and \xf0\x9f\x8c\x80"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const cJSON *root = parse(cases[i][0]);
        ck_assert(cJSON_IsString(root));
        ck_assert_str_eq(root->valuestring, cases[i][1]);
    }
}
END_TEST

START_TEST(test_nul_cuts_where_it_is_allowed)
{
    const cJSON *root = parse_with("{\"k\\u0000ey\":\"ab\\u0000cd\",\"then\":\"whole\"}", JSON_GRAMMAR);

    ck_assert_str_eq(json_get_string(root, "k"), "ab");
    ck_assert_str_eq(json_get_string(root, "then"), "whole");
}
END_TEST

START_TEST(test_numbers)
{
    static const struct {
        const char *text;
        double number;
        int saturated;
    } cases[] = {
        {"0", 0, 0},
        {"7", 7, 7},
        {"-12", -12, -12},
        {"2147483648", 2147483648.0, INT32_MAX},
        {"-2147483649", -2147483649.0, INT32_MIN},
        {"123456789012345", 123456789012345.0, INT32_MAX},
        {"-99999999999999", -99999999999999.0, INT32_MIN},
        {"12345678901234567890", 12345678901234567890.0, INT32_MAX},
        {"9007199254740993", 9007199254740992.0, INT32_MAX},
        {"0.5", 0.5, 0},
        {"1e5", 1e5, 100000},
        {"1.25E-2", 0.0125, 0},
        {"-1.5e+3", -1500, -1500},
        {"1e-400", 0, 0},
        {"1e400", HUGE_VAL, INT32_MAX},
        {"-1e400", -HUGE_VAL, INT32_MIN},
        {"0.1", 0.1, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const cJSON *root = parse(cases[i].text);
        ck_assert(cJSON_IsNumber(root));
        ck_assert_str_eq(root->valuestring, cases[i].text);
        ck_assert_msg(root->valuedouble == cases[i].number, "%s: %.17g", cases[i].text, root->valuedouble);
        ck_assert_int_eq(root->valueint, cases[i].saturated);
    }
    ck_assert(signbit(parse("-0")->valuedouble));
}
END_TEST

static void expect_same_node(const cJSON *ours, const cJSON *theirs)
{
    ck_assert_int_eq(ours->type, theirs->type);
    ck_assert_int_eq(ours->valueint, theirs->valueint);
    ck_assert_double_eq(ours->valuedouble, theirs->valuedouble);
    ck_assert_pstr_eq(ours->string, theirs->string);
    if (!cJSON_IsNumber(ours))
        ck_assert_pstr_eq(ours->valuestring, theirs->valuestring);
}

static void expect_same_tree(const cJSON *ours, const cJSON *theirs)
{
    expect_same_node(ours, theirs);
    const cJSON *a = ours->child, *b = theirs->child;
    for (const cJSON *before = NULL; a && b; before = a, a = a->next, b = b->next) {
        expect_same_tree(a, b);
        ck_assert(a->prev == (before ? before : cJSON_GetArrayItem(ours, cJSON_GetArraySize(ours) - 1)));
    }
    ck_assert(!a && !b);
}

START_TEST(test_tree_is_the_one_cjson_makes)
{
    static const char *const texts[] = {
        "{\"s\":\"t\\n\",\"n\":-1.5e2,\"i\":20,\"big\":99999999999,\"t\":true,\"f\":false,\"z\":null}",
        "{\"a\":[1,[2,[]],{}],\"o\":{\"a\":{\"b\":{\"\\u00e9\":\"\xc3\xa9\"}}},\"e\":{},\"one\":[1]}",
        "[]",
        "{}",
        "\"x\"",
        "-0",
        "true",
        "[[],[],[1,2,3]]",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        cJSON *theirs = cJSON_Parse(texts[i]);
        ck_assert(theirs != NULL);
        expect_same_tree(parse(texts[i]), theirs);
        cJSON_Delete(theirs);
    }
}
END_TEST

START_TEST(test_depth)
{
    char *deep = repeat("[", "", "]", JSON_MAX_DEPTH), *deeper = repeat("[", "", "]", JSON_MAX_DEPTH + 1);
    char *objects = repeat("{\"a\":", "1", "}", JSON_MAX_DEPTH);
    char *beside = repeat("[", "[],[],{}", "]", JSON_MAX_DEPTH - 1);
    char *open = repeat("[{\"a\":", "", "", 100000);

    parse(deep);
    parse(objects);
    parse(beside); // what is closed no longer counts
    expect_refused(deeper, strlen(deeper), JSON_REQUEST, "nested deeper than 128 levels", 1, 129);
    expect_refused(open, strlen(open), JSON_REQUEST, "nested deeper than 128 levels", 1, 64 * 6 + 1);
    free(deep);
    free(deeper);
    free(objects);
    free(beside);
    free(open);
}
END_TEST

START_TEST(test_duplicate_keys)
{
    static const struct {
        const char *text, *reason;
        size_t line, column;
    } cases[] = {
        {"{\"seed\":1,\n \"b\":2,\n \"seed\":1}", "key \"seed\" stands twice in one object", 3, 2},
        {"{\"a\":1,\"b\":2,\"b\":3,\"a\":4,\"a\":5}", "key \"b\" stands twice in one object", 1, 14},
        {"{\"x\":[{\"y\":{\"a\":1,\"a\":1}}]}", "key \"a\" stands twice in one object", 1, 19},
        {"{\"\":1,\"\":2}", "key \"\" stands twice in one object", 1, 7},
        {"{\"\xc3\xa9\":1,\"\\u00e9\":2}", "key \"\\u00e9\" stands twice in one object", 1, 8},
        {"{\"\\n\\\"q\":1,\"\\n\\\"q\":2}", "key \"\\n\\\"q\" stands twice in one object", 1, 12},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        parse_with(cases[i].text, JSON_GRAMMAR);
        parse_with(cases[i].text, JSON_NO_NUL);
        expect_refused(cases[i].text, strlen(cases[i].text), JSON_REQUEST, cases[i].reason, cases[i].line,
                       cases[i].column);
    }
    parse("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}],\"A\":0,\"\":0,\"aa\":0}");
}
END_TEST

static size_t add_member(struct buf *text, unsigned key)
{
    if (text->len > 1)
        buf_char(text, ',');
    size_t place = text->len;
    buf_printf(text, "\"%u\":0", key);
    return place;
}

START_TEST(test_duplicate_among_many)
{
    static const size_t sizes[] = {2, 8, 15, 16, 17, 18, 100, 50000};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct buf text = {0};
        buf_char(&text, '{');
        // Multiplying by an odd number permutes the numbers of 32 bits: different keys in no order.
        for (unsigned n = 0; n + 1 < sizes[i]; n++)
            add_member(&text, n * 2654435761u);
        char *unique = arena_printf(&arena, "%s}", buf_cstr(&text));
        unsigned middle = (unsigned)((sizes[i] - 1) / 2) * 2654435761u;
        size_t second = add_member(&text, middle);
        add_member(&text, 0); // twice as well, and before the other by its bytes, but later in the text
        buf_char(&text, '}');
        char *reason = arena_printf(&arena, "key \"%u\" stands twice in one object", middle);
        parse_with(unique, JSON_UNIQUE_KEYS);
        char *least = arena_printf(&arena, "%.*s,\"0\":1}", (int)second - 1, text.data);
        expect_refused(least, second + 6, JSON_UNIQUE_KEYS, "key \"0\" stands twice in one object", 1, second + 1);
        expect_refused(text.data, text.len, JSON_UNIQUE_KEYS, reason, 1, second + 1);
        buf_free(&text);
    }
}
END_TEST

/* The bounds of a request, at them and one beyond. */
START_TEST(test_bounds)
{
    char *longest = repeat("k", "", "", JSON_MAX_KEY), *longer = repeat("k", "", "", JSON_MAX_KEY + 1);
    char *escaped = repeat("\\u003e", "", "", JSON_MAX_KEY);
    const char *fine = arena_printf(&arena, "[{\"%s\":1}]", longest);
    const char *refused = arena_printf(&arena, "[{\"a\":0,\n\"%s\":1}]", longer);

    parse(fine);
    parse(arena_printf(&arena, "{\"%s\":1}", escaped)); // as we write `>` ourselves
    expect_refused(refused, strlen(refused), JSON_REQUEST, "a key of more than 1024 bytes", 2, 1);
    parse_with(refused, JSON_GRAMMAR);
    free(longest);
    free(longer);
    free(escaped);

    struct buf text = {0};
    buf_char(&text, '{');
    for (unsigned n = 0; n < JSON_MAX_MEMBERS; n++)
        add_member(&text, n);
    parse(arena_printf(&arena, "%s}", buf_cstr(&text)));
    size_t column = text.len + 2;
    add_member(&text, JSON_MAX_MEMBERS);
    buf_char(&text, '}');
    expect_refused(text.data, text.len, JSON_REQUEST, "more than 10000 members in one object", 1, column);
    parse_with(buf_cstr(&text), JSON_GRAMMAR);
    buf_free(&text);

    char *ones = repeat(",1", "", "", JSON_MAX_VALUES - 1);
    parse(arena_printf(&arena, "[1%s]", ones));
    const char *more = arena_printf(&arena, "[1%s,1]", ones);
    expect_refused(more, strlen(more), JSON_REQUEST, "more than 100000 values in one text", 1, 2 * JSON_MAX_VALUES + 2);
    free(ones);
}
END_TEST

START_TEST(test_long_keys_are_cut_between_characters)
{
    static const struct {
        const char *piece;
        size_t times, shown;
    } cases[] = {{"k", 40, 40}, {"k", 41, 40}, {"\xe4\xb8\xad", 1000, 14}, {"\xf0\x9f\x8c\x80", 100, 10}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *key = repeat(cases[i].piece, "", "", cases[i].times);
        char *text = arena_printf(&arena, "{\"%s\":1,\"%s\":2}", key, key);
        int shown = (int)(cases[i].shown * strlen(cases[i].piece));
        char *reason = arena_printf(&arena, "key \"%.*s%s\" stands twice in one object", shown, key,
                                    cases[i].shown < cases[i].times ? "..." : "");
        expect_refused(text, strlen(text), JSON_UNIQUE_KEYS, reason, 1, cases[i].times + 7);
        free(key);
    }
}
END_TEST

static void expect_canonical(const char *text, const char *canonical)
{
    struct buf out = {0};

    json_canonical(&out, parse_with(text, JSON_GRAMMAR));
    ck_assert_str_eq(buf_cstr(&out), canonical);
    buf_free(&out);
}

START_TEST(test_canonical)
{
    static const char *const cases[][2] = {
        {" { } ", "{}"},
        {"[ 1 , true , false , null , \"x\" , [ ] ]", "[1,true,false,null,\"x\",[]]"},
        {"{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}"},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}"},
        {"{\"z\":{\"b\":[{\"d\":1,\"c\":2}],\"a\":0},\"y\":1}", "{\"y\":1,\"z\":{\"a\":0,\"b\":[{\"c\":2,\"d\":1}]}}"},
        // by bytes: capitals first, a prefix before what it begins, UTF-8 in the order of code points
        {"{\"b\":0,\"aa\":0,\"a\":0,\"B\":0,\"\":0}", "{\"\":0,\"B\":0,\"a\":0,\"aa\":0,\"b\":0}"},
        {"{\"\\ud83c\\udf00\":0,\"\xef\xbf\xbf\":0,\"\\u00e9\":0,\"z\":0}",
         "{\"z\":0,\"\xc3\xa9\":0,\"\xef\xbf\xbf\":0,\"\xf0\x9f\x8c\x80\":0}"},
        // as they are decoded, not as they were written: \u0061 is a
        {"{\"b\":0,\"\\u0061\":0,\"\\n\":0}", "{\"\\n\":0,\"a\":0,\"b\":0}"},
        {"[12345678901234567890,1.0,1e5,1E+05,-0,-0.0,1e400,0.10000000000000000000000000001]",
         "[12345678901234567890,1.0,1e5,1E+05,-0,-0.0,1e400,0.10000000000000000000000000001]"},
        {"\"<>& \xe2\x80\xa8 \xe2\x80\xa9 \\u2028 \\/ \\u0001 \\\" \\\\ \x7f\"",
         "\"\\u003c\\u003e\\u0026 \\u2028 \\u2029 \\u2028 / \\u0001 \\\" \\\\ \x7f\""},
        {"{\"<b>\":\"\\ud800\",\"&\":1}", "{\"\\u0026\":1,\"\\u003cb\\u003e\":\"\xef\xbf\xbd\"}"},
        // the same key twice, where the rules allow it, stays in the order of the text
        {"{\"b\":1,\"a\":1,\"b\":2,\"a\":2,\"b\":3}", "{\"a\":1,\"a\":2,\"b\":1,\"b\":2,\"b\":3}"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        expect_canonical(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(test_canonical_appends)
{
    struct buf out = {0};

    buf_lit(&out, "input=");
    json_canonical(&out, json_get(parse("{\"x\":{\"b\":1,\"a\":[]}}"), "x"));
    ck_assert_str_eq(buf_cstr(&out), "input={\"a\":[],\"b\":1}");
    buf_free(&out);
}
END_TEST

START_TEST(test_canonical_of_many)
{
    enum { MEMBERS = 100000 };
    struct buf text = {0}, out = {0}, expected = {0};

    for (unsigned i = 0; i < MEMBERS; i++) {
        buf_printf(&text, "%c\"%06u\":%u", i == 0 ? '{' : ',', MEMBERS - 1 - i, i);
        buf_printf(&expected, "%c\"%06u\":%u", i == 0 ? '{' : ',', i, MEMBERS - 1 - i);
    }
    buf_char(&text, '}');
    buf_char(&expected, '}');
    json_canonical(&out, parse_with(buf_cstr(&text), JSON_GRAMMAR));
    ck_assert_uint_eq(out.len, expected.len);
    ck_assert_mem_eq(out.data, expected.data, out.len);
    buf_free(&text);
    buf_free(&out);
    buf_free(&expected);
}
END_TEST

START_TEST(test_is_integer)
{
    static const struct {
        const char *text;
        bool integer;
    } cases[] = {
        {"0", true},
        {"-0", true},
        {"20", true},
        {"-3", true},
        {"20.0", true},
        {"20.00", true},
        {"20.5", false},
        {"0.0", true},
        {"0.1", false},
        {"2e1", true},
        {"2E+1", true},
        {"2e-1", false},
        {"1.5e1", true},
        {"1.5e0", false},
        {"1.25e1", false},
        {"1.25e2", true},
        {"25e-1", false},
        {"20e-1", true},
        {"200e-2", true},
        {"200e-3", false},
        {"10.0e-1", true},
        {"10.0e-2", false},
        {"100.10e-1", false},
        {"0e-5", true},
        {"0.000e-99999999999999999999", true},
        {"1e99999999999999999999", true},
        {"1e-99999999999999999999", false},
        {"1e10000000000000000000", true}, // 10^19 would wrap to below 0 in 64 bits
        {"1e-10000000000000000000", false},
        {"12345678901234567890123", true},
        {"12345678901234567890.5", false},
        {"1e0", true},
        {"1e-0", true},
        {"1e-00000000000000000000000", true},
        {"10e-00000000000000000000001", true},
        {"1.5e00000000000000000000001", true},
        {"0.001e3", true},
        {"0.001e2", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(json_is_integer(parse(cases[i].text)) == cases[i].integer, "%s", cases[i].text);
}
END_TEST

START_TEST(test_type_names)
{
    static const char *const cases[][2] = {
        {"\"x\"", "string"},  {"1", "integer"}, {"1.0", "integer"}, {"1.5", "number"}, {"true", "boolean"},
        {"false", "boolean"}, {"null", "null"}, {"[]", "array"},    {"{}", "object"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const cJSON *value = parse(cases[i][0]);
        json_mark_read(value); // the mark lives beside the type
        ck_assert_str_eq(json_type_name(value), cases[i][1]);
    }
}
END_TEST

START_TEST(test_readers)
{
    const cJSON *root = parse("{\"s\":\"text\",\"n\":1.5,\"t\":true,\"f\":false,\"z\":null,\"S\":\"capital\"}");
    double number = 7;
    bool value = false;

    ck_assert_str_eq(json_get_string(root, "s"), "text");
    ck_assert_str_eq(json_get_string(root, "S"), "capital");
    ck_assert(json_get_number(root, "n", &number) && number == 1.5);
    ck_assert(json_get_bool(root, "t", &value) && value);
    ck_assert(json_get_bool(root, "f", &value) && !value);
    ck_assert(cJSON_IsNull(json_get(root, "z")));

    ck_assert_ptr_null(json_get(root, "nothing"));
    ck_assert_ptr_null(json_get_string(root, "n"));
    ck_assert(!json_get_number(root, "s", &number) && number == 1.5);
    ck_assert(!json_get_bool(root, "z", &value) && !value);
    ck_assert_ptr_null(json_get(parse("[\"s\"]"), "s"));
    ck_assert_ptr_null(json_get(NULL, "s"));
    ck_assert_ptr_null(json_get_string(NULL, "s"));
}
END_TEST

START_TEST(test_read_marks)
{
    const cJSON *root = parse("{\"a\":{\"b\":1,\"c\":[2,{\"d\":3}]},\"e\":4,\"wrong\":\"x\",\"rest\":5}");
    const cJSON *a = root->child, *b = a->child, *c = b->next, *e = a->next, *wrong = e->next;
    double number;

    for (const cJSON *member = root->child; member; member = member->next)
        ck_assert(!json_was_read(member));
    ck_assert(json_get(root, "a") == a);
    ck_assert(json_was_read(a) && !json_was_read(b) && !json_was_read(e));
    ck_assert(!json_get_number(root, "wrong", &number) && json_was_read(wrong)); // looked at, if not liked
    json_mark_read(c);
    ck_assert(json_was_read(c) && json_was_read(c->child) && json_was_read(c->child->next->child));
    ck_assert(!json_was_read(b) && !json_was_read(e));
    ck_assert(!json_was_read(wrong->next));
    ck_assert(cJSON_IsObject(a) && cJSON_IsArray(c)); // cJSON still sees the types
}
END_TEST

/* --- texts without trees ------------------------------------------------------------------------------------------- */

START_TEST(test_scan_goes_through_members)
{
    static const char *const empty[] = {"{}", "{ }", "[1]", "\"a\"", "", "null"};
    const char *const text = "{ \"a\" : [1, {\"b\":2}] ,\"b\\\"}\":\"x, }\",\"c\":-1.5e3 }";
    struct json_members at = json_members((struct slice){text, strlen(text)});
    struct buf seen = {0};

    while (json_next(&at)) {
        buf_add(&seen, at.key.data, at.key.len);
        buf_char(&seen, '=');
        json_put_compact(&seen, at.value);
        buf_char(&seen, ';');
    }
    ck_assert_str_eq(buf_cstr(&seen), "\"a\"=[1,{\"b\":2}];\"b\\\"}\"=\"x, }\";\"c\"=-1.5e3;");
    buf_free(&seen);
    for (size_t i = 0; i < COUNT(empty); i++) {
        at = json_members((struct slice){empty[i], strlen(empty[i])});
        ck_assert_msg(!json_next(&at), "%s", empty[i]);
    }
    at = json_members((struct slice){NULL, 0});
    ck_assert(!json_next(&at));
}
END_TEST

START_TEST(test_compact)
{
    const char *const text = " { \"a b\" :\n[ 1 , \" \\\" \\t\" ,\ttrue ],\r\n \"\": { } } ";
    struct buf out = {0};

    json_put_compact(&out, (struct slice){text, strlen(text)});
    ck_assert_str_eq(buf_cstr(&out), "{\"a b\":[1,\" \\\" \\t\",true],\"\":{}}");
    buf_free(&out);
}
END_TEST

START_TEST(test_scan_ends_strings_where_they_end)
{
    static const struct {
        const char *text;
        size_t len; // of the string that begins it
    } cases[] = {
        {"\"a\",\"b\"", 3},       {"\"\",1", 2}, {"\"\\\"\",", 4},  {"\"\\\\\",\"", 4}, {"\"\\n\\\"x\\\\\" \"", 9},
        {"\"\\\\\\\"\\\"\"]", 8}, {"\"open", 5}, {"\"open\\\"", 7}, {"\"open\\", 6},    {"\"", 1}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i].text);
        char *text = memcpy(xmalloc(len), cases[i].text, len); // so that a byte too far is seen
        ck_assert_msg(json_scan_value(text, text + len).len == cases[i].len, "%s", cases[i].text);
        free(text);
    }
}
END_TEST

START_TEST(test_heads_end_between_characters)
{
    static const struct {
        const char *string;
        size_t most, len;
    } cases[] = {
        {"\"\"", 0, 1},
        {"\"\"", 9, 1},
        {"\"abc\"", 3, 3},
        {"\"abc\"", 4, 4},
        {"\"abc\"", 5, 4},
        {"\"abc\"", SIZE_MAX, 4},
        {"\"a\\n\"", 3, 2},
        {"\"a\\n\"", 4, 4},
        {"\"\\u0001b\"", 6, 1},
        {"\"\\u0001b\"", 7, 7},
        {"\"a\xc3\xa9z\"", 3, 2},
        {"\"a\xc3\xa9z\"", 4, 4},
        {"\"\xf0\x9f\x90\xa2\"", 4, 1},
        {"\"\xf0\x9f\x90\xa2\"", 5, 5},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i].string);
        char *string = memcpy(xmalloc(len), cases[i].string, len); // so that a byte too far is seen
        ck_assert_msg(json_string_head((struct slice){string, len}, cases[i].most) == cases[i].len, "%zu", i);
        free(string);
    }
}
END_TEST

SUITE_WITH("json", NULL, forget, test_accepts, test_reasons, test_nothing_at_all, test_columns_count_characters,
           test_refuses_bad_utf8, test_puts_any_bytes, test_puts_bytes_of_every_kind, test_unread_paths_are_bounded,
           test_refuses_bad_bytes_outside_strings, test_every_byte_in_every_place, test_strings_are_decoded,
           test_nul_cuts_where_it_is_allowed, test_numbers, test_tree_is_the_one_cjson_makes, test_depth,
           test_duplicate_keys, test_duplicate_among_many, test_bounds, test_long_keys_are_cut_between_characters,
           test_canonical, test_canonical_appends, test_canonical_of_many, test_is_integer, test_type_names,
           test_readers, test_read_marks, test_scan_goes_through_members, test_scan_ends_strings_where_they_end,
           test_compact, test_heads_end_between_characters);
