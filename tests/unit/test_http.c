#include "base/json.h"
#include "http/auth.h"
#include "http/intake.h"
#include "http/problem.h"
#include "http/router.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

static void forget(void)
{
    arena_free(&arena);
}

/* --- the target ----------------------------------------------------------------------------------------- */

static struct target target;

static const char *parse(const char *raw)
{
    memset(&target, 0xa5, sizeof(target)); // whatever a request before it has left
    return target_parse(&target, arena_strndup(&arena, raw, strlen(raw)));
}

/* "authority a/b ?x=1&y=": the target as one text; a segment's own slashes as `|`. */
static const char *described(void)
{
    struct buf text = {0};

    if (target.authority)
        buf_printf(&text, "<%s>", target.authority);
    for (size_t i = 0; i < target.segment_count; i++) {
        buf_char(&text, '/');
        for (const char *at = target.segments[i]; *at; at++)
            buf_char(&text, *at == '/' ? '|' : *at);
    }
    for (size_t i = 0; i < target.param_count; i++)
        buf_printf(&text, "%c%s=%s", i == 0 ? '?' : '&', target.params[i].name, target.params[i].value);
    const char *copy = arena_strndup(&arena, buf_cstr(&text), text.len);
    buf_free(&text);
    return copy;
}

START_TEST(test_targets)
{
    static const struct {
        const char *raw, *described;
    } cases[] = {
        {"/", ""},
        {"//", ""},
        {"/v1/predictions", "/v1/predictions"},
        {"/v1/predictions/", "/v1/predictions"},
        {"//v1///predictions//", "/v1/predictions"},
        {"/v1/predictions/abc/cancel", "/v1/predictions/abc/cancel"},
        {"/a%20b/c%2Fd/%C3%a9", "/a b/c|d/\xc3\xa9"},
        {"/%41%62", "/Ab"},
        {"/%2e%2e/.", "/../."}, // dots mean nothing here
        {"/%25", "/%"},
        {"/%2525", "/%25"}, // once only
        {"/a+b", "/a+b"},
        {"/%01", "/\x01"},
        {"/a;b=c,d:e@f", "/a;b=c,d:e@f"},
        {"/?", ""},
        {"/?cursor", "?cursor="},
        {"/?cursor=", "?cursor="},
        {"/x?cursor=abc", "/x?cursor=abc"},
        {"/x?a=1&b=2&a=3", "/x?a=1&b=2&a=3"},
        {"/x?a=1&&&b=2&", "/x?a=1&b=2"},
        {"/x?a=b=c", "/x?a=b=c"},
        {"/x?=v", "/x?=v"},
        {"/x?a+b=c+d", "/x?a+b=c+d"}, // a plus is a plus
        {"/x?a%2Bb=c%2bd%26e%3Df", "/x?a+b=c+d&e=f"},
        {"/x?a%3Db=c", "/x?a=b=c"},
        {"/x?a=%2F/b?c", "/x?a=//b?c"},
        {"/x?from=2024-04-22T11:15:15+02:00", "/x?from=2024-04-22T11:15:15+02:00"},
        {"http://example.com/v1/x", "<example.com>/v1/x"},
        {"http://example.com:8080/", "<example.com:8080>"},
        {"http://example.com", "<example.com>"},
        {"http://example.com?a=1", "<example.com>?a=1"},
        {"HTTPS://Example.com/v1?a=1", "<Example.com>/v1?a=1"},
        {"http://[::1]:80//x", "<[::1]:80>/x"},
        {"http:///x", "<>/x"},
        {"http://", "<>"},
        {"//example.com/x", "/example.com/x"}, // origin-form with a doubled slash
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *fault = parse(cases[i].raw);
        ck_assert_msg(!fault, "%s: %s", cases[i].raw, fault);
        ck_assert_str_eq(described(), cases[i].described);
        ck_assert_msg(cases[i].raw[0] != '/' || !target.authority, "%s", cases[i].raw);
    }
}
END_TEST

#define BAD_ESCAPE "The request target has a percent sign that two hexadecimal digits do not follow, or %00."
#define BAD_START  "The request target must begin with a slash."
#define BAD_BLANK  "The request target has a blank or a # in it; they must be written %20 and %23."

START_TEST(test_bad_targets)
{
    static const struct {
        const char *raw, *why;
    } cases[] = {
        {"/%00", BAD_ESCAPE},
        {"/a%00b", BAD_ESCAPE},
        {"/%zz", BAD_ESCAPE},
        {"/%4", BAD_ESCAPE},
        {"/%", BAD_ESCAPE},
        {"/%4/1", BAD_ESCAPE}, // the digits of one segment
        {"/%g0", BAD_ESCAPE},
        {"/%0g", BAD_ESCAPE},
        {"/%+1", BAD_ESCAPE},
        {"/%-1", BAD_ESCAPE},
        {"/%%41", BAD_ESCAPE},
        {"/%@A", BAD_ESCAPE},
        {"/%\x10\x11", BAD_ESCAPE}, // which | 0x20 would make digits of
        {"/x?a=%00", BAD_ESCAPE},
        {"/x?%00=a", BAD_ESCAPE},
        {"/x?a=%zz", BAD_ESCAPE},
        {"/x?a%z=1", BAD_ESCAPE},
        {"/x?a=%4&1=2", BAD_ESCAPE},
        {"", BAD_START},
        {"*", BAD_START},
        {"v1/predictions", BAD_START},
        {"?a=1", BAD_START},
        {"ftp://example.com/", BAD_START},
        {"http:/example.com", BAD_START},
        {"example.com:443", BAD_START},
        {"/a b", BAD_BLANK},
        {"/ ", BAD_BLANK},
        {"/x?a= b", BAD_BLANK},
        {"/x#y", BAD_BLANK},
        {"/x?a=#", BAD_BLANK},
        {"http://a b/", BAD_BLANK},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = parse(cases[i].raw);
        ck_assert_msg(why != NULL, "%s", cases[i].raw);
        ck_assert_str_eq(why, cases[i].why);
    }
}
END_TEST

/* `piece` times `count`. */
static const char *repeated(const char *start, const char *piece, size_t count)
{
    const char *text = start;

    for (size_t i = 0; i < count; i++)
        text = arena_printf(&arena, "%s%s", text, piece);
    return text;
}

START_TEST(test_targets_have_bounds)
{
    ck_assert_ptr_null(parse(repeated("", "/x", 16)));
    ck_assert_uint_eq(target.segment_count, 16);
    ck_assert_ptr_null(parse(repeated("", "//x//", 16)));
    ck_assert_str_eq(parse(repeated("", "/x", 17)), "The path of the request target has more than 16 segments.");
    ck_assert_ptr_null(parse(repeated("/x?", "a=1&", 32)));
    ck_assert_uint_eq(target.param_count, 32);
    ck_assert_ptr_null(parse(repeated("/x?", "&&a&", 32)));
    ck_assert_str_eq(parse(repeated("/x?", "a=1&", 33)),
                     "The query of the request target has more than 32 parameters.");
    ck_assert_ptr_null(parse(repeated("/", "long", 4000)));
    ck_assert_uint_eq(strlen(target.segments[0]), 16000);
}
END_TEST

START_TEST(test_params_are_asked_for)
{
    ck_assert_ptr_null(parse("/x?a=1&b=2&a=3&c"));
    ck_assert_str_eq(target_unread_param(&target), "a");
    ck_assert_ptr_null(target_param(&target, "x"));
    ck_assert_ptr_null(target_param(&target, "A"));
    ck_assert_str_eq(target_param(&target, "c"), "");
    ck_assert_str_eq(target_param(&target, "a"), "1"); // the first of two
    ck_assert_str_eq(target_unread_param(&target), "b");
    ck_assert_str_eq(target_param(&target, "b"), "2");
    ck_assert_str_eq(target_unread_param(&target), "a"); // the second was not looked at
    ck_assert_ptr_null(parse("/x"));
    ck_assert_ptr_null(target_unread_param(&target));
}
END_TEST

/* --- headers -------------------------------------------------------------------------------------------- */

#define BAD_NAME   "A header's name has a character that names may not have."
#define TWICE      "The request has two Host, Content-Length or Transfer-Encoding headers; one is right."
#define BOTH       "The request has both Transfer-Encoding and Content-Length; one is right."
#define BAD_CODING "The only Transfer-Encoding that is understood is chunked, with HTTP/1.1."
#define NO_HOST    "The request has no Host header."

START_TEST(test_headers_are_noted)
{
    struct request request = {0};

    ck_assert_ptr_null(request_add_header(&request, "Host", "a"));
    ck_assert_ptr_null(request_add_header(&request, "content-TYPE", "application/json"));
    ck_assert_ptr_null(request_add_header(&request, "X-Other", "1"));
    ck_assert_ptr_null(request_add_header(&request, "X-Other", "2"));
    ck_assert_ptr_null(request_add_header(&request, "Hos", "b"));
    ck_assert_ptr_null(request_add_header(&request, "Hosts", "c"));
    ck_assert_str_eq(request.headers[HEADER_HOST], "a");
    ck_assert_str_eq(request.headers[HEADER_CONTENT_TYPE], "application/json");
    ck_assert_ptr_null(request.headers[HEADER_PREFER]);
    ck_assert_ptr_null(request_add_header(&request, "Prefer", "wait"));
    ck_assert_ptr_null(request_add_header(&request, "prefer", "wait=5")); // the first counts
    ck_assert_str_eq(request.headers[HEADER_PREFER], "wait");
    ck_assert_ptr_null(request_check_headers(&request));
}
END_TEST

START_TEST(test_each_header_has_its_place)
{
    static const char *const names[] = {
#define X(symbol, name) [symbol] = name,
        REQUEST_HEADERS(X)
#undef X
    };

    for (int i = 0; i < HEADER_COUNT; i++) {
        struct request request = {0};
        ck_assert_ptr_null(request_add_header(&request, names[i], "v"));
        for (int j = 0; j < HEADER_COUNT; j++)
            ck_assert_int_eq(request.headers[j] != NULL, i == j);
    }
}
END_TEST

START_TEST(test_names_are_tokens)
{
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"; // RFC 9110, 5.6.2

    for (int c = 1; c < 256; c++) {
        struct request request = {0};
        const char name[] = {'X', (char)c, 'Y', '\0'}, alone[] = {(char)c, '\0'};
        const char *why = strchr(token, c) ? NULL : BAD_NAME;
        ck_assert_msg(request_add_header(&request, name, "v") == why || (why && *why == *BAD_NAME), "%d", c);
        ck_assert_int_eq(request_add_header(&request, name, "v") == NULL, why == NULL);
        ck_assert_int_eq(request_add_header(&request, alone, "v") == NULL, why == NULL);
    }
    struct request request = {0};
    ck_assert_str_eq(request_add_header(&request, "", "v"), BAD_NAME);
    ck_assert_str_eq(request_add_header(&request, "Host ", "a"), BAD_NAME); // "Host : a", loved by smugglers
    ck_assert_ptr_null(request.headers[HEADER_HOST]);
}
END_TEST

START_TEST(test_headers_that_come_once)
{
    static const struct {
        const char *name, *again;
    } cases[] = {{"Host", "host"}, {"Content-Length", "CONTENT-LENGTH"}, {"Transfer-Encoding", "Transfer-encoding"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request = {0};
        ck_assert_ptr_null(request_add_header(&request, cases[i].name, "5"));
        ck_assert_str_eq(request_add_header(&request, cases[i].again, "5"), TWICE); // the same value too
    }
}
END_TEST

START_TEST(test_headers_together)
{
    static const struct {
        const char *host, *length, *coding, *why;
        bool http_1_0;
    } cases[] = {
        {"a", NULL, NULL, NULL, false},
        {"a", "5", NULL, NULL, false},
        {"a", NULL, "chunked", NULL, false},
        {"a", NULL, "Chunked", NULL, false},
        {"", NULL, NULL, NULL, false}, // there, though empty: what it says is not looked at here
        {NULL, NULL, NULL, NULL, true},
        {NULL, "5", NULL, NULL, true},
        {"a", "5", "chunked", BOTH, false},
        {"a", "5", "gzip", BOTH, false},
        {"a", "5", "chunked", BOTH, true},
        {"a", NULL, "gzip", BAD_CODING, false},
        {"a", NULL, "gzip, chunked", BAD_CODING, false},
        {"a", NULL, "chunked, chunked", BAD_CODING, false},
        {"a", NULL, "xchunked", BAD_CODING, false},
        {"a", NULL, "chunked ", BAD_CODING, false},
        {"a", NULL, "identity", BAD_CODING, false},
        {"a", NULL, "", BAD_CODING, false},
        {"a", NULL, "chunked", BAD_CODING, true},
        {NULL, NULL, NULL, NO_HOST, false},
        {NULL, "5", NULL, NO_HOST, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request = {.http_1_0 = cases[i].http_1_0};
        request.headers[HEADER_HOST] = cases[i].host;
        request.headers[HEADER_CONTENT_LENGTH] = cases[i].length;
        request.headers[HEADER_TRANSFER_ENCODING] = cases[i].coding;
        const char *why = request_check_headers(&request);
        ck_assert_str_eq(why ? why : "fine", cases[i].why ? cases[i].why : "fine");
    }
}
END_TEST

START_TEST(test_methods)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"};
    static const char *const others[] = {"", "get", "Get", "GETS", "GE", "TRACE", "CONNECT", "PROPFIND", "head"};

    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_int_eq(method_parse(names[i]), i);
        ck_assert_str_eq(method_name((enum method)i), names[i]);
    }
    ck_assert_int_eq(method_parse("HEAD"), METHOD_GET);
    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert_int_eq(method_parse(others[i]), METHOD_OTHER);
}
END_TEST

START_TEST(test_tokens)
{
    static const struct {
        const char *header, *token;
    } cases[] = {
        {"Bearer r8_abc", "r8_abc"},
        {"bearer r8_abc", "r8_abc"},
        {"BEARER r8_abc", "r8_abc"},
        {"Token r8_abc", "r8_abc"},
        {"token r8_abc", "r8_abc"},
        {"Bearer   r8_abc", "r8_abc"},
        {"Bearer a b", "a b"},
        {"Bearer Token x", "Token x"},
        {"Bearer", NULL},
        {"Bearer ", NULL},
        {"Bearer    ", NULL},
        {"Token ", NULL},
        {"", NULL},
        {"r8_abc", NULL},
        {"Basic cjhfYWJj", NULL},
        {"Bearers x", NULL},
        {"Bearer\tx", NULL},
        {" Bearer x", NULL},
        {NULL, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request = {0};
        request.headers[HEADER_AUTHORIZATION] = cases[i].header;
        const char *token = auth_token(&request);
        ck_assert_str_eq(token ? token : "none", cases[i].token ? cases[i].token : "none");
    }
}
END_TEST

/* --- routes --------------------------------------------------------------------------------------------- */

static const struct route routes[] = {
    {METHOD_POST, "/predictions", "create", NULL},
    {METHOD_GET, "/predictions", "list", NULL},
    {METHOD_GET, "/predictions/{id}", "get", NULL},
    {METHOD_POST, "/predictions/{id}/cancel", "cancel", NULL},
    {METHOD_GET, "/files/{a}/{b}/{c}/{d}", "four", NULL},
    {METHOD_DELETE, "/files", "delete", NULL},
    {METHOD_QUERY, "/files", "query", NULL},
    {METHOD_PUT, "/files", "put", NULL},
    {METHOD_GET, "/models/{owner}/{name}", "model", NULL},
    {METHOD_GET, "/models/search/all", "search", NULL},
    {0},
};

static struct request request;
static const struct route *found;
static const char *allow;

static enum route_verdict route(const char *method, const char *path, size_t skip)
{
    request = (struct request){.method = method_parse(method)};
    found = NULL;
    allow = NULL;
    ck_assert_ptr_null(target_parse(&request.target, arena_strndup(&arena, path, strlen(path))));
    return router_find(routes, &request, skip, &arena, &found, &allow);
}

static void expect_route(const char *method, const char *path, size_t skip, const char *operation)
{
    ck_assert_int_eq(route(method, path, skip), ROUTE_FOUND);
    ck_assert_str_eq(found->operation, operation);
}

START_TEST(test_routes)
{
    expect_route("GET", "/predictions", 0, "list");
    expect_route("HEAD", "/predictions", 0, "list");
    expect_route("POST", "/predictions", 0, "create");
    expect_route("POST", "/v1/predictions/", 1, "create");
    expect_route("GET", "/v1/v1/predictions", 2, "list");
    expect_route("QUERY", "/files", 0, "query");
    expect_route("GET", "/models/search/all", 0, "model"); // the first that fits
    ck_assert_str_eq(request.params[0], "search");
    ck_assert_str_eq(request.params[1], "all");
}
END_TEST

START_TEST(test_route_params)
{
    expect_route("GET", "/predictions/abc", 0, "get");
    ck_assert_str_eq(request.params[0], "abc");
    ck_assert_ptr_null(request.params[1]);
    expect_route("POST", "/v1//predictions/a%2Fb/cancel/", 1, "cancel");
    ck_assert_str_eq(request.params[0], "a/b"); // one segment all the same
    expect_route("GET", "/files/1/2/3/4", 0, "four");
    ck_assert_str_eq(request.params[0], "1");
    ck_assert_str_eq(request.params[3], "4");
    expect_route("GET", "/predictions/cancel", 0, "get");
    ck_assert_str_eq(request.params[0], "cancel");
    expect_route("GET", "/predictions", 0, "list");
    ck_assert_ptr_null(request.params[0]);
}
END_TEST

START_TEST(test_paths_that_lead_nowhere)
{
    static const char *const paths[] = {"/",
                                        "/prediction",
                                        "/predictionss",
                                        "/Predictions",
                                        "/predictions/a/b",
                                        "/predictions/a/cancel/b",
                                        "/predictions/a/cance",
                                        "/predictions/a/cancell",
                                        "/v1/predictions",
                                        "/files/1/2/3",
                                        "/files/1/2/3/4/5",
                                        "/{id}",
                                        "/models/x",
                                        "/x/predictions",
                                        "/predictions%2Fa"};

    for (size_t i = 0; i < COUNT(paths); i++)
        ck_assert_msg(route("GET", paths[i], 0) == ROUTE_NO_PATH, "%s", paths[i]);
    ck_assert_int_eq(route("GET", "/predictions", 1), ROUTE_NO_PATH);
    ck_assert_int_eq(route("GET", "/predictions", 5), ROUTE_NO_PATH);
}
END_TEST

START_TEST(test_allowed_methods)
{
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"PUT", "/predictions", "GET, HEAD, POST"},
        {"OPTIONS", "/predictions", "GET, HEAD, POST"},
        {"TRACE", "/predictions", "GET, HEAD, POST"},
        {"POST", "/predictions/abc", "GET, HEAD"},
        {"GET", "/predictions/abc/cancel", "POST"},
        {"HEAD", "/predictions/abc/cancel", "POST"},
        {"GET", "/files", "PUT, DELETE, QUERY"},
        {"post", "/predictions", "GET, HEAD, POST"}, // methods have a case
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(route(cases[i].method, cases[i].path, 0), ROUTE_NO_METHOD);
        ck_assert_str_eq(allow, cases[i].allow);
        ck_assert_ptr_null(found);
    }
}
END_TEST

/* --- problems ------------------------------------------------------------------------------------------- */

static void expect_problem(struct response *response, int status, const char *body)
{
    ck_assert_int_eq(response->status, status);
    ck_assert_str_eq(response->content_type, "application/problem+json");
    ck_assert_str_eq(buf_cstr(&response->body), body);
    response_clear(response);
    ck_assert_uint_eq(response->body.len, 0);
    ck_assert_ptr_null(response->content_type);
    ck_assert_int_eq(response->status, 0);
    ck_assert_uint_eq(response->header_count, 0);
    ck_assert(!response->close);
}

START_TEST(test_problems)
{
    struct response response = {0};

    problem(&response, 404, NULL, "The requested resource could not be found.");
    expect_problem(&response, 404, "{\"detail\":\"The requested resource could not be found.\",\"status\":404}\n");
    problem(&response, 401, "Unauthenticated", "You did not pass an authentication token");
    expect_problem(&response, 401,
                   "{\"title\":\"Unauthenticated\",\"detail\":\"You did not pass an authentication "
                   "token\",\"status\":401}\n");
    problem(&response, 400, "a \"b\"", "<c> & \\ \n");
    expect_problem(&response, 400,
                   "{\"title\":\"a \\\"b\\\"\",\"detail\":\"\\u003cc\\u003e \\u0026 \\\\ \\n\",\"status\":400}\n");
    problem(&response, 400, "", "");
    expect_problem(&response, 400, "{\"title\":\"\",\"detail\":\"\",\"status\":400}\n");
    problem_printf(&response, 413, "Too large", "%d of %s%%", 5, "\"x\"");
    expect_problem(&response, 413, "{\"title\":\"Too large\",\"detail\":\"5 of \\\"x\\\"%\",\"status\":413}\n");
    problem_printf(&response, 405, NULL, "Method \"%s\" not allowed.", "PUT");
    expect_problem(&response, 405, "{\"detail\":\"Method \\\"PUT\\\" not allowed.\",\"status\":405}\n");
    buf_free(&response.body);
}
END_TEST

START_TEST(test_a_problem_takes_the_place_of_all)
{
    struct response response = {.status = 200, .content_type = CONTENT_JSON, .close = true};

    buf_str(&response.body, "{\"half\":");
    response_header(&response, "ETag", "\"x\"");
    problem(&response, 500, NULL, "no");
    ck_assert_uint_eq(response.header_count, 0);
    expect_problem(&response, 500, "{\"detail\":\"no\",\"status\":500}\n");
    buf_free(&response.body);
}
END_TEST

START_TEST(test_long_problems)
{
    struct response response = {0};
    const char *text = repeated("", "x", 3000);

    problem_printf(&response, 400, NULL, "%s", text); // cut, and still JSON
    struct json_error error;
    ck_assert_ptr_nonnull(json_parse(&arena, response.body.data, response.body.len, JSON_REQUEST, &error));
    ck_assert_uint_lt(response.body.len, 1100);
    problem(&response, 400, NULL, text); // all of it
    ck_assert_uint_eq(response.body.len, 3000 + strlen("{\"detail\":\"\",\"status\":400}\n"));
    response_clear(&response);
    buf_free(&response.body);
}
END_TEST

START_TEST(test_invalid_fields)
{
    struct response response = {0};
    struct faults faults;

    faults_init(&faults, &arena);
    faults_add(&faults, "required", "", "%s is required", "version");
    problem_invalid_fields(&response, &faults);
    expect_problem(&response, 422,
                   "{\"detail\":\"- version is required\\n\",\"status\":422,\"title\":\"Input validation failed\","
                   "\"invalid_fields\":[{\"type\":\"required\",\"field\":\"\",\"description\":\"version is "
                   "required\"}]}\n");
    faults_add(&faults, "invalid_type", "input", "Invalid type. Expected: object, given: string");
    faults_add(&faults, "enum", "a.0", "a.0 must be \"<b>\"");
    problem_invalid_fields(&response, &faults);
    expect_problem(&response, 422,
                   "{\"detail\":\"- version is required\\n- input: Invalid type. Expected: object, given: string\\n"
                   "- a.0: a.0 must be \\\"\\u003cb\\u003e\\\"\\n\",\"status\":422,\"title\":\"Input validation "
                   "failed\","
                   "\"invalid_fields\":[{\"type\":\"required\",\"field\":\"\",\"description\":\"version is required\"},"
                   "{\"type\":\"invalid_type\",\"field\":\"input\",\"description\":\"Invalid type. Expected: object, "
                   "given: "
                   "string\"},{\"type\":\"enum\",\"field\":\"a.0\",\"description\":\"a.0 must be "
                   "\\\"\\u003cb\\u003e\\\"\"}]}\n");
    buf_free(&response.body);
}
END_TEST

START_TEST(test_quotes)
{
    const char *sixty = repeated("", "0123456789", 6);

    ck_assert_str_eq(problem_quote(&arena, ""), "");
    ck_assert_str_eq(problem_quote(&arena, "plain ~ text"), "plain ~ text");
    ck_assert_str_eq(problem_quote(&arena, "a\nb\tc\x7f"
                                           "d\x1b[1m"),
                     "a?b?c?d?[1m");
    ck_assert_str_eq(problem_quote(&arena, "caf\xc3\xa9 \xff"), "caf\xc3\xa9 ?");
    ck_assert_str_eq(problem_quote(&arena, sixty), sixty);
    ck_assert_str_eq(problem_quote(&arena, arena_printf(&arena, "%sx", sixty)), arena_printf(&arena, "%s...", sixty));
    ck_assert_str_eq(problem_quote(&arena, repeated("", "\n", 1000)),
                     arena_printf(&arena, "%s...", repeated("", "?", 60)));
}
END_TEST

START_TEST(test_response_headers)
{
    struct response response = {0};

    for (int i = 0; i < RESPONSE_MAX_HEADERS; i++)
        response_header(&response, i % 2 ? "A" : "B", "v");
    ck_assert_uint_eq(response.header_count, RESPONSE_MAX_HEADERS);
    ck_assert_str_eq(response.headers[1].name, "A");
    ck_assert_str_eq(response.headers[RESPONSE_MAX_HEADERS - 1].value, "v");
    response_clear(&response);
    ck_assert_uint_eq(response.header_count, 0);
    buf_free(&response.body);
}
END_TEST

START_TEST(test_intake)
{
    struct intake intake = {.body_limit = 1000};
    enum { LARGE = 100000000 };

    ck_assert(intake_add(&intake, 1000, 31000) && intake_add(&intake, 10, 1000));
    ck_assert(!intake_add(&intake, 1000, 1));         // 32 of the largest
    ck_assert(intake_add(&intake, LARGE, 500000000)); // these count for themselves
    ck_assert(!intake_add(&intake, LARGE, 40000000));
    intake_remove(&intake, LARGE, 100000000);
    ck_assert(intake_add(&intake, LARGE, 40000000));
    ck_assert(!intake_add(&intake, 1000, 1));
    intake_remove(&intake, 1000, 32000);
    intake_remove(&intake, LARGE, 440000000);
    ck_assert(intake.ordinary == 0 && intake.large == 0);
    intake.body_limit = LARGE; // --max-body may be as large: then they are as others
    ck_assert(intake_add(&intake, LARGE, (size_t)32 * LARGE) && !intake_add(&intake, LARGE, 1));
}
END_TEST

SUITE_WITH("http", NULL, forget, test_intake, test_targets, test_bad_targets, test_targets_have_bounds,
           test_params_are_asked_for, test_headers_are_noted, test_each_header_has_its_place, test_names_are_tokens,
           test_headers_that_come_once, test_headers_together, test_methods, test_tokens, test_routes,
           test_route_params, test_paths_that_lead_nowhere, test_allowed_methods, test_problems,
           test_a_problem_takes_the_place_of_all, test_long_problems, test_invalid_fields, test_quotes,
           test_response_headers);
