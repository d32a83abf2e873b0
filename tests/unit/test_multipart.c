/* multipart/form-data: the shapes that clients send, and what is wrong with others. */
#include "http/multipart.h"
#include "base/buf.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=X"

static struct arena arena;

static void end_arena(void)
{
    arena_free(&arena);
    arena = (struct arena){0};
}

static struct multipart read_as(const char *type, const char *body)
{
    struct multipart multipart;
    const char *fault = multipart_read(&multipart, &arena, type, (struct slice){body, strlen(body)});

    ck_assert_msg(!fault, "%s: %s", body, fault);
    return multipart;
}

static void expect_part(const struct part *part, const char *name, const char *filename, const char *type,
                        const char *bytes)
{
    ck_assert_str_eq(part->name, name);
    ck_assert_pstr_eq(part->filename, filename);
    ck_assert_pstr_eq(part->content_type, type);
    ck_assert_uint_eq(part->bytes.len, strlen(bytes));
    ck_assert_mem_eq(part->bytes.data, bytes, part->bytes.len);
}

/* The single part whose headers are these. */
static struct part read_head(const char *head)
{
    char body[2048];

    snprintf(body, sizeof(body), "--X\r\n%s\r\n\r\nbytes\r\n--X--\r\n", head);
    struct multipart multipart = read_as(TYPE, arena_strndup(&arena, body, strlen(body)));
    ck_assert_uint_eq(multipart.count, 1);
    return multipart.parts[0];
}

START_TEST(test_python_1) // metadata is a plain field and comes first
{
    struct multipart multipart = read_as("multipart/form-data; boundary=d7a1e3f0c4b2a19885c3d2e1f0a9b8c7",
                                         "--d7a1e3f0c4b2a19885c3d2e1f0a9b8c7\r\n"
                                         "Content-Disposition: form-data; name=\"metadata\"\r\n\r\n"
                                         "{\"foo\": \"bar\"}\r\n"
                                         "--d7a1e3f0c4b2a19885c3d2e1f0a9b8c7\r\n"
                                         "Content-Disposition: form-data; name=\"content\"; filename=\"a.txt\"\r\n"
                                         "Content-Type: text/plain\r\n\r\n"
                                         "hello\r\n"
                                         "--d7a1e3f0c4b2a19885c3d2e1f0a9b8c7--\r\n");

    ck_assert_uint_eq(multipart.count, 2);
    expect_part(&multipart.parts[0], "metadata", NULL, NULL, "{\"foo\": \"bar\"}");
    expect_part(&multipart.parts[1], "content", "a.txt", "text/plain", "hello");
    ck_assert_ptr_eq(multipart_find(&multipart, "content"), &multipart.parts[1]);
    ck_assert_ptr_null(multipart_find(&multipart, "type"));
}
END_TEST

START_TEST(test_javascript) // metadata is a file of its own, behind the content
{
    struct multipart multipart = read_as("multipart/form-data; boundary=----formdata-undici-0123456789",
                                         "------formdata-undici-0123456789\r\n"
                                         "Content-Disposition: form-data; name=\"content\"; filename=\"blob_1\"\r\n"
                                         "Content-Type: application/octet-stream\r\n\r\n"
                                         "\r\n--\r\n------formdata\r\n"
                                         "\r\n------formdata-undici-0123456789\r\n"
                                         "Content-Disposition: form-data; name=\"metadata\"; filename=\"blob\"\r\n"
                                         "Content-Type: application/json\r\n\r\n"
                                         "{}\r\n"
                                         "------formdata-undici-0123456789--");

    ck_assert_uint_eq(multipart.count, 2);
    expect_part(&multipart.parts[0], "content", "blob_1", "application/octet-stream", "\r\n--\r\n------formdata\r\n");
    expect_part(&multipart.parts[1], "metadata", "blob", "application/json", "{}");
}
END_TEST

START_TEST(test_content_is_not_copied_nor_looked_into)
{
    static const char body[] = "--X\r\nContent-Disposition: form-data; name=content\r\n\r\n"
                               "\0a\r\n--Y\r\n--XX\r\n--X-\r\n--X--x\r\n\r\n--X \tx\r\n--X--";
    struct multipart multipart;

    ck_assert_ptr_null(multipart_read(&multipart, &arena, TYPE, (struct slice){body, sizeof(body) - 1}));
    ck_assert_ptr_eq(multipart.parts[0].bytes.data, strstr(body, "\r\n\r\n") + 4);
    ck_assert_ptr_eq(multipart.parts[0].bytes.data + multipart.parts[0].bytes.len,
                     body + sizeof(body) - 1 - strlen("\r\n--X--"));
}
END_TEST

START_TEST(test_around_and_between_the_parts)
{
    struct multipart multipart =
        read_as(TYPE, "Preamble --X\r\nmore\r\n--X \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--X\r\n"
                      "Content-Disposition: form-data; name=\"b\"\r\n\r\n--X\r\n" // no line of its own for no content
                      "Content-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--X-- \r\nepilogue\r\n--X\r\nnothing");

    ck_assert_uint_eq(multipart.count, 3);
    expect_part(&multipart.parts[0], "a", NULL, NULL, "");
    expect_part(&multipart.parts[1], "b", NULL, NULL, "");
    expect_part(&multipart.parts[2], "a", NULL, NULL, "2");
    ck_assert_ptr_eq(multipart_find(&multipart, "a"), &multipart.parts[0]); // the first one
    ck_assert_uint_eq(read_as(TYPE, "--X--").count, 0);
}
END_TEST

START_TEST(test_boundaries)
{
    static const char *const types[] = {
        "multipart/form-data; boundary=X",
        "Multipart/Form-Data;BOUNDARY=\"X\"",
        "multipart/form-data; charset=utf-8; boundary = \"X\" ; x=y",
        "multipart/form-data; x=\"; boundary=Y\"; boundary=X;",
    };

    for (size_t i = 0; i < COUNT(types); i++) {
        ck_assert(multipart_is(types[i]));
        ck_assert_uint_eq(read_as(types[i], "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--").count,
                          1);
    }
    ck_assert_uint_eq(read_as("multipart/form-data; boundary=\"a b:=(?)\"",
                              "--a b:=(?)\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b:=(?)--")
                          .count,
                      1);
    ck_assert(!multipart_is(NULL) && !multipart_is("multipart/mixed; boundary=X") &&
              !multipart_is("application/json") && !multipart_is("multipart/form-datax"));
}
END_TEST

START_TEST(test_names)
{
    static const char *const cases[][2] = {
        {"\"a.txt\"", "a.txt"},
        {"a.txt ", "a.txt"},
        {"\"a \\\"b\\\" \\\\c.txt\"", "a \"b\" \\c.txt"},             // Go, curl
        {"\"a %22b%22%0A%0d %25%2F.txt\"", "a \"b\"\n\r %25%2F.txt"}, // browsers, httpx
        {"\"C:\\pictures\\a.png\"", "C:\\pictures\\a.png"},
        {"\"some/folder/a.txt\"", "a.txt"},
        {"\"a;b=c.txt\"", "a;b=c.txt"},
        {"\"\xe2\x82\xac \xf0\x9f\x90\xa2.txt\"", "\xe2\x82\xac \xf0\x9f\x90\xa2.txt"},
        {"\"\"", ""},
        {"\"no end", "no end"},
        {"\"a.txt\"; filename*=UTF-8''%e2%82%ac%20b.txt", "\xe2\x82\xac b.txt"},
        {"\"a.txt\"; filename*=latin-1''%e2.txt", "a.txt"},
        {"\"%4\"", "%4"},
        {"\"%00\"", "%00"},
    };
    char head[256];

    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(head, sizeof(head), "content-disposition:FORM-DATA ; Name=\"content\" ;filename=%s", cases[i][0]);
        struct part part = read_head(head);
        expect_part(&part, "content", cases[i][1], NULL, "bytes");
    }
}
END_TEST

START_TEST(test_other_headers)
{
    struct part part = read_head("X-Own: 1\r\nCONTENT-TYPE:\ttext/plain; charset=utf-8\r\nContent-Length: 5\r\n"
                                 "Content-Transfer-Encoding: binary\r\nContent-Disposition: form-data; name=a");

    expect_part(&part, "a", NULL, "text/plain; charset=utf-8", "bytes");
    part = read_head("Content-Disposition: form-data; name=\"filename\"\r\nContent-Type:");
    expect_part(&part, "filename", NULL, NULL, "bytes");
}
END_TEST

#define DISPOSITION "Content-Disposition: form-data; name=a\r\n"
#define NO_LINE     "No line of the body is the boundary of the Content-Type, \"--X\" and CR LF."
#define NO_END      "it does not end: behind it no line is the boundary of the Content-Type."
#define NO_BOUNDARY "The Content-Type names no boundary; it must be: multipart/form-data; boundary=..."
#define NO_HEADER   "the body ends in its headers; lines end with CR LF, and behind them is an empty one."

START_TEST(test_faults)
{
    static const struct {
        const char *type, *body, *fault;
    } cases[] = {
        {TYPE, "", "The body is empty; it must have a part for each field."},
        {NULL, "x", NO_BOUNDARY},
        {"multipart/form-data", "x", NO_BOUNDARY},
        {"multipart/form-data; boundary=", "x", NO_BOUNDARY},
        {"multipart/form-data; boundary=\"\"", "x", NO_BOUNDARY},
        {"multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901", "x",
         "The boundary in the Content-Type is longer than 70 characters."},
        {TYPE, "hello", NO_LINE},
        {TYPE, "{\"content\":1}\r\n--", NO_LINE},
        {TYPE, "--X\nContent-Disposition: form-data; name=a\n\n1\n--X--\n", NO_LINE},
        {TYPE, "--XY\r\n", NO_LINE},
        {TYPE, "--X\r\n", "Part 1 of the multipart body, before byte 5: " NO_HEADER},
        {TYPE, "--X\r\nContent-Disposition: form-data; name=a",
         "Part 1 of the multipart body, before byte 5: " NO_HEADER},
        {TYPE, "--X\r\n" DISPOSITION, "Part 1 of the multipart body, before byte 45: " NO_HEADER},
        {TYPE, "--X\r\n" DISPOSITION "\r\n1\r\n", "Part 1 of the multipart body, before byte 47: " NO_END},
        {TYPE, "--X\r\n" DISPOSITION "\r\n1\r\n--X", "Part 1 of the multipart body, before byte 47: " NO_END},
        {TYPE, "--X\r\n" DISPOSITION "\r\n1--X--", "Part 1 of the multipart body, before byte 47: " NO_END},
        {TYPE, "--X\r\n" DISPOSITION "\r\n1\r\n--X\r\n\r\n2\r\n--X--",
         "Part 2 of the multipart body, before byte 57: it has no header Content-Disposition: form-data; name=\"...\""},
        {TYPE, "--X\r\nhello\r\n\r\n--X--",
         "Part 1 of the multipart body, before byte 12: a line of its headers has no colon."},
        {TYPE, "--X\r\nContent-Disposition: attachment; name=a\r\n\r\n--X--",
         "Part 1 of the multipart body, before byte 46: its Content-Disposition is not: form-data; name=\"...\""},
        {TYPE, "--X\r\nContent-Disposition: form-data; filename=a\r\n\r\n--X--",
         "Part 1 of the multipart body, before byte 49: its Content-Disposition is not: form-data; name=\"...\""},
        {TYPE, "--X\r\nX: a\nb\r\n\r\n--X--",
         "Part 1 of the multipart body, before byte 5: a header of it holds a control character."},
        {TYPE, "--X\r\nContent-Transfer-Encoding: base64\r\n" DISPOSITION "\r\n--X--",
         "Part 1 of the multipart body, before byte 40: its Content-Transfer-Encoding is not understood; bytes are "
         "sent "
         "as they are."},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct multipart multipart;
        struct slice body = {cases[i].body, strlen(cases[i].body)};
        ck_assert_pstr_eq(multipart_read(&multipart, &arena, cases[i].type, body), cases[i].fault);
    }
}
END_TEST

START_TEST(test_bounds)
{
    struct buf body = {0};
    struct multipart multipart;

    for (int i = 0; i < MULTIPART_MAX_PARTS; i++)
        buf_lit(&body, "--X\r\n" DISPOSITION "\r\n\r\n");
    size_t most = body.len;
    buf_lit(&body, "--X--");
    ck_assert_ptr_null(multipart_read(&multipart, &arena, TYPE, (struct slice){body.data, body.len}));
    ck_assert_uint_eq(multipart.count, MULTIPART_MAX_PARTS);
    body.len = most;
    buf_lit(&body, "--X\r\n" DISPOSITION "\r\n\r\n--X--");
    ck_assert_str_eq(multipart_read(&multipart, &arena, TYPE, (struct slice){body.data, body.len}),
                     "Part 33 of the multipart body, before byte 1573: that is one more than there may be.");
    body.len = 0;
    buf_lit(&body, "--X\r\n" DISPOSITION "X: ");
    while (body.len < 9000)
        buf_char(&body, 'x');
    buf_lit(&body, "\r\n\r\n\r\n--X--");
    ck_assert_str_eq(multipart_read(&multipart, &arena, TYPE, (struct slice){body.data, body.len}),
                     "Part 1 of the multipart body, before byte 45: its headers are longer than 8192 bytes, or lines "
                     "do not end with CR LF.");
    buf_free(&body);
}
END_TEST

SUITE_WITH("multipart", NULL, end_arena, test_python_1, test_javascript, test_content_is_not_copied_nor_looked_into,
           test_around_and_between_the_parts, test_boundaries, test_names, test_other_headers, test_faults,
           test_bounds);
