#include "base/data_uri.h"
#include "base/digest.h"
#include "base/mem.h"
#include "lib/suite.h"

#include <stdlib.h>
#include <string.h>

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static const struct {
    const char *uri;
    enum data_uri verdict;
    const char *bytes; /* of what was read */
    size_t count;      /* of base64's characters, where there is one too many */
} cases[] = {
    {"data:text/plain;base64,aGVsbG8=", DATA_URI_READ, "hello", 0},
    {"DATA:;BASE64,aGVsbG8=", DATA_URI_READ, "hello", 0},
    {"data:image/png;charset=utf-8;base64,aGVsbG8=", DATA_URI_READ, "hello", 0},
    {"data:;base64,", DATA_URI_READ, "", 0},
    {"data:;base64,aGVs", DATA_URI_READ, "hel", 0},
    {"data:;base64,aGVsbA==", DATA_URI_READ, "hell", 0},
    {"data:;base64,aGVsbG8%3D", DATA_URI_READ, "hello", 0},
    {"data:;base64,aGVsbG8%3d", DATA_URI_READ, "hello", 0},
    {"data:;base64,Pz8%2FPj4%2b", DATA_URI_READ,
     "?"
     "?"
     "?>>>",
     0},
    {"data:;base64,Pz8/Pj4+", DATA_URI_READ,
     "?"
     "?"
     "?>>>",
     0},
    {"data:;base64, aG\r\nVs\tbG8%20=\n", DATA_URI_READ, "hello", 0},
    {"data:;base64,aGV-sb_G8=", DATA_URI_READ, "hello", 0}, // as Python skips them
    {"data:;base64,aGVsbA==aGVs", DATA_URI_READ, "hell", 0},
    {"data:;base64,aGVsbG8=#fragment", DATA_URI_READ, "hello", 0},
    {"data:;base64,=aGVsb=G8=", DATA_URI_READ, "hello", 0}, // a = where none can be
    {"data:;base64,aGVsbG8", DATA_URI_PADDING, NULL, 0},
    {"data:;base64,aGVsbA=", DATA_URI_PADDING, NULL, 0},
    {"data:;base64,a", DATA_URI_ODD, NULL, 1},
    {"data:;base64,aGVsb", DATA_URI_ODD, NULL, 5},
    {"data:;base64,aGVsb===", DATA_URI_ODD, NULL, 5},
    {"data:,", DATA_URI_READ, "", 0},
    {"data:,hello", DATA_URI_READ, "hello", 0},
    {"data:text/plain,a%20b%2C%c3%a9", DATA_URI_READ, "a b,\xc3\xa9", 0},
    {"data:,100%", DATA_URI_READ, "100%", 0},
    {"data:,%4", DATA_URI_READ, "%4", 0},
    {"data:,%zz%4g%41", DATA_URI_READ, "%zz%4gA", 0},
    {"data:,a+b?c=d#e", DATA_URI_READ, "a+b?c=d", 0},
    {"data:base64,aGVs", DATA_URI_READ, "aGVs", 0}, // a type, not the word
    {"data:;base64;x,aGVs", DATA_URI_READ, "aGVs", 0},
    {"data:;base64", DATA_URI_NO_COMMA, NULL, 0},
    {"data:", DATA_URI_NO_COMMA, NULL, 0},
    {"http://a/,b", DATA_URI_NO_COMMA, NULL, 0},
    {"", DATA_URI_NO_COMMA, NULL, 0},
};

START_TEST(test_cases)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *bytes = NULL;
        size_t len = 77;
        enum data_uri verdict = data_uri_decode(slice_of(cases[i].uri), &bytes, &len);
        ck_assert_msg(verdict == cases[i].verdict, "%s: %d", cases[i].uri, verdict);
        ck_assert_int_eq(bytes != NULL, verdict == DATA_URI_READ);
        if (verdict == DATA_URI_READ) {
            ck_assert_msg(len == strlen(cases[i].bytes) && memcmp(bytes, cases[i].bytes, len) == 0, "%s: %.*s",
                          cases[i].uri, (int)len, bytes);
        }
        if (verdict == DATA_URI_ODD)
            ck_assert_msg(len == cases[i].count, "%s: %zu", cases[i].uri, len);
        free(bytes);
    }
}
END_TEST

START_TEST(test_every_byte)
{
    unsigned char bytes[256];
    char uri[400] = "data:application/octet-stream;base64,";

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        digest_base64_encode(strchr(uri, ',') + 1, bytes, len);
        char *decoded;
        size_t decoded_len;
        ck_assert_int_eq(data_uri_decode(slice_of(uri), &decoded, &decoded_len), DATA_URI_READ);
        ck_assert_uint_eq(decoded_len, len);
        ck_assert_mem_eq(decoded, bytes, len);
        free(decoded);
    }
}
END_TEST

START_TEST(test_types)
{
    static const char *const types[][2] = {
        {"data:image/png;base64,x", "image/png"},
        {"data:image/png,x;y", "image/png"},
        {"data:,x", ""},
        {"data:;base64,x", ""},
        {"data:text/plain;a=b;base64,", "text/plain"},
        {"data:image/png;base64", ""},
        {"image/png,", ""},
    };

    for (size_t i = 0; i < COUNT(types); i++) {
        struct slice type = data_uri_type(slice_of(types[i][0]));
        ck_assert_msg(type.len == strlen(types[i][1]) && memcmp(type.data, types[i][1], type.len) == 0, "%s: %.*s",
                      types[i][0], (int)type.len, type.data);
    }
    ck_assert(data_uri_is(slice_of("Data:")));
    ck_assert(!data_uri_is(slice_of("data")));
    ck_assert(!data_uri_is(slice_of("xdata:")));
}
END_TEST

SUITE("data_uri", test_cases, test_every_byte, test_types);
