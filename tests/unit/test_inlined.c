/* Files as data: URIs: how they are written, and how many bytes of them there may be. */
#include "core/inlined.h"
#include "base/mem.h"
#include "lib/suite.h"

#include <string.h>

static void expect(const struct inlined *inlined, unsigned file, const char *expected)
{
    struct slice uri = inlined_uri(inlined, file);

    ck_assert_uint_eq(uri.len, strlen(expected));
    ck_assert(uri.len == 0 || memcmp(uri.data, expected, uri.len) == 0);
}

START_TEST(test_each_kind)
{
    static const char *const uris[FILE_KINDS] = {
        [FILE_PNG] = "data:image/png;base64,aGVsbG8=",
        [FILE_JPEG] = "data:image/jpeg;base64,aGVsbG8=",
        [FILE_WEBP] = "data:image/webp;base64,aGVsbG8=",
        [FILE_WEBM] = "data:video/webm;base64,aGVsbG8=",
        [FILE_WAV] = "data:audio/wav;base64,aGVsbG8=",
        [FILE_JSON] = "data:application/json;base64,aGVsbG8=",
        [FILE_TXT] = "data:text/plain;charset=utf-8;base64,aGVsbG8=", // without the header's blank
    };
    struct inlined *inlined = inlined_new();

    for (int kind = 0; kind < FILE_KINDS; kind++)
        ck_assert(inlined_add(inlined, (enum file_kind)kind, "hello", 5));
    for (unsigned kind = 0; kind < FILE_KINDS; kind++)
        expect(inlined, kind, uris[kind]);
    expect(inlined, FILE_KINDS, "");
    inlined_free(inlined);
}
END_TEST

/* Of `len` bytes the URI has so many, with the 22 of "data:image/png;base64,". */
#define URI_LEN(len) ((len + 2) / 3 * 4 + 22)

START_TEST(test_what_does_not_fit_has_none)
{
    const size_t most = (INLINED_MAX - 2 * 22) / 4 * 3 - 3; // and 3 bytes in a second one
    char *file = xcalloc(most + 1, 1);
    struct inlined *inlined = inlined_new();

    ck_assert_uint_eq(URI_LEN(most) + URI_LEN(3), INLINED_MAX);
    ck_assert(!inlined_add(inlined, FILE_PNG, file, INLINED_MAX));
    ck_assert(inlined_add(inlined, FILE_PNG, file, most));
    ck_assert(!inlined_add(inlined, FILE_PNG, "1234", 4));
    ck_assert(!inlined_add(inlined, FILE_PNG, NULL, 0)); // could not be drawn
    ck_assert(inlined_add(inlined, FILE_PNG, "123", 3)); // what comes behind may fit
    ck_assert_uint_eq(inlined->len, INLINED_MAX);
    ck_assert_uint_eq(inlined->count, 5);
    expect(inlined, 0, "");
    ck_assert_uint_eq(inlined_uri(inlined, 1).len, URI_LEN(most));
    expect(inlined, 2, "");
    expect(inlined, 3, "");
    expect(inlined, 4, "data:image/png;base64,MTIz");
    ck_assert_uint_gt(inlined_bytes(inlined), INLINED_MAX);
    free(file);
    inlined_free(inlined);
}
END_TEST

START_TEST(test_none)
{
    expect(NULL, 0, "");
    ck_assert_uint_eq(inlined_bytes(NULL), 0);
    inlined_free(NULL);
}
END_TEST

SUITE("inlined", test_each_kind, test_what_does_not_fit_has_none, test_none);
