/* Where input files are, and what cog says of those that cannot be had. */
#include "core/capability.h"
#include "core/cog.h"
#include "core/input_url.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

#define UPLOADED  "NGZiNmY2YzQtMThhZi00ZjcyLWFhZjktODg4NTY0NWNlMDEy"
#define PREDICTED "ype2b3w02xrme0cqadzrms82nm"

static const struct hash_key secret = {1, 2};

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

START_TEST(test_places)
{
    static const struct {
        const char *url;
        enum input_place place;
        const char *id;
    } cases[] = {
        {"https://api.replicate.com/v1/files/" UPLOADED, INPUT_UPLOADED, UPLOADED},
        {"http://127.0.0.1:7375/v1/files/" UPLOADED "/", INPUT_UPLOADED, UPLOADED},
        {"http://h/v1/files/" UPLOADED "/download?owner=a&signature=b/c", INPUT_UPLOADED, UPLOADED},
        {"http://h/v1/files/" UPLOADED "#x", INPUT_UPLOADED, UPLOADED},
        {"http://h/files/" UPLOADED, INPUT_UPLOADED, UPLOADED},
        {"http://h/prefix/v1/v1/files/" UPLOADED, INPUT_UPLOADED, UPLOADED},
        {"http://h/v1/files/any-word_1", INPUT_UPLOADED, "any-word_1"},
        {"http://h/files/any", INPUT_ELSEWHERE, NULL},
        {"http://h/v1/files/logo.png", INPUT_ELSEWHERE, NULL},
        {"http://h/v1/files/", INPUT_ELSEWHERE, NULL},
        {"http://h/v1/files//x/download/", INPUT_ELSEWHERE, NULL},
        {"http://h/v1/file/" UPLOADED, INPUT_ELSEWHERE, NULL},
        {"http://h/?/v1/files/" UPLOADED, INPUT_ELSEWHERE, NULL},
        {"http://h", INPUT_ELSEWHERE, NULL},
        {"http:", INPUT_ELSEWHERE, NULL},
        {"HTTPS://H/a", INPUT_ELSEWHERE, NULL},
        {"Data:,", INPUT_IN_ITSELF, NULL},
        {"ftp://h/v1/files/" UPLOADED, INPUT_NOWHERE, NULL},
        {"/v1/files/" UPLOADED, INPUT_NOWHERE, NULL},
        {"", INPUT_NOWHERE, NULL},
        {"https", INPUT_NOWHERE, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input_url url = input_url_read(slice_of(cases[i].url), &secret);
        ck_assert_msg(url.place == cases[i].place, "%s: %d", cases[i].url, url.place);
        if (cases[i].id)
            ck_assert_msg(url.id.len == strlen(cases[i].id) && memcmp(url.id.data, cases[i].id, url.id.len) == 0,
                          "%s: %.*s", cases[i].url, (int)url.id.len, url.id.data);
    }
}
END_TEST

START_TEST(test_files_that_were_made)
{
    char key[FILE_KEY_LEN + 1], text[256];

    capability_file_key(key, &secret, PREDICTED, "out-0.png");
    static const char *const heads[] = {"http://h/delivery/pbxt/", "https://replicate.delivery/any/", "http://h/"};
    for (size_t i = 0; i < COUNT(heads); i++) {
        snprintf(text, sizeof(text), "%s%s/out-0.png?x", heads[i], key);
        struct input_url url = input_url_read(slice_of(text), &secret);
        ck_assert_int_eq(url.place, INPUT_MADE);
        ck_assert_str_eq(url.prediction, PREDICTED);
        ck_assert_str_eq(url.name, "out-0.png");
    }
    snprintf(text, sizeof(text), "http://h/delivery/pbxt/%s/out-1.png", key); // the key is for another name
    ck_assert_int_eq(input_url_read(slice_of(text), &secret).place, INPUT_ELSEWHERE);
    snprintf(text, sizeof(text), "http://h/delivery/pbxt/%s/a-name-that-no-file-of-ours-can-have.png", key);
    ck_assert_int_eq(input_url_read(slice_of(text), &secret).place, INPUT_ELSEWHERE);
}
END_TEST

static void expect(struct buf *out, const char *text)
{
    ck_assert_str_eq(buf_cstr(out), text);
    buf_free(out);
}

/* The eight characters of chance are these of that id. */
#define TEMP "/tmp/tmp"

START_TEST(test_paths)
{
    static const char *const cases[][2] = {
        {"data:image/png;base64,x", "file.png"},
        {"data:IMAGE/JPEG,x", "file.jpg"},
        {"data:image/webp;base64,x", "file"},
        {"https://h/a/b.png?c/d#e", "b.png"},
        {"https://h/a/", ""},
        {"https://h", ""},
        {"https://h/it's", "it\\'s"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {0}, expected = {0};
        cog_put_path(&out, slice_of(cases[i][0]), PREDICTED);
        const char *text = buf_cstr(&out), *chance = text + strlen("PosixPath('" TEMP);
        ck_assert_uint_ge(strspn(chance, "abcdefghijklmnopqrstuvwxyz0123456789_"), 8);
        buf_printf(&expected, "PosixPath('" TEMP "%.8s%s')", chance, cases[i][1]);
        ck_assert_str_eq(text, buf_cstr(&expected));
        buf_free(&out);
        buf_free(&expected);
    }
    char url[400] = "https://h/";
    struct buf out = {0};
    memset(url + strlen(url), 'x', 300);
    cog_put_path(&out, slice_of(url), PREDICTED);
    ck_assert_uint_eq(out.len, strlen("PosixPath('" TEMP "') ") - 1 + 8); // no file has so long a name
    buf_free(&out);
}
END_TEST

START_TEST(test_schemes)
{
    static const char *const cases[][2] = {
        {"FTP://h", "ftp"}, {"s3+x.y-z:k", "s3+x.y-z"},
        {"no scheme:", ""}, {"", ""},
        {":", ""},          {"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz:x", ""}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        char scheme[INPUT_SCHEME_MAX];
        input_url_scheme(scheme, slice_of(cases[i][0]));
        ck_assert_str_eq(scheme, cases[i][1]);
    }
    struct buf out = {0};
    cog_put_scheme(&out, "image", slice_of("gs://b/o"));
    expect(&out, "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":"
                 "\"'gs' is not a valid URL scheme. 'data', 'http', or 'https' is supported.\","
                 "\"type\":\"value_error\"}]}");
}
END_TEST

START_TEST(test_pools)
{
    static const char *const cases[][2] = {
        {"http://h", "HTTPConnectionPool(host='h', port=80): Max retries exceeded with url: / "},
        {"http://h:8080/a?b#c", "HTTPConnectionPool(host='h', port=8080): Max retries exceeded with url: /a?b "},
        {"https://u:p@h.example", "HTTPSConnectionPool(host='h.example', port=443): Max retries exceeded with url: / "},
        {"http://[::1]:81/", "HTTPConnectionPool(host='::1', port=81): Max retries exceeded with url: / "},
        {"http://[::1]/", "HTTPConnectionPool(host='::1', port=80): Max retries exceeded with url: / "},
        {"http://10.0.0.1/", "HTTPConnectionPool(host='10.0.0.1', port=80): Max retries exceeded with url: / "},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {0}, expected = {0};
        cog_put_unreachable(&out, slice_of(cases[i][0]), "it's over", PREDICTED);
        buf_printf(&expected, "%s(Caused by OSError('it\\'s over'))", cases[i][1]);
        expect(&out, buf_cstr(&expected));
        buf_free(&expected);
    }
}
END_TEST

SUITE("input_url", test_places, test_files_that_were_made, test_paths, test_schemes, test_pools);
