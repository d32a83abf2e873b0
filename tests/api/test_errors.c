/* Every refusal that needs no state, at a glance and byte for byte: which check comes first, what it says, with which
 * headers. 402 and 429 are test_limits', the texts of bad inputs test_input's, statuses by rule test_scenarios'. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define NOBODY   "Authorization: -"
#define STRANGER "Authorization: Bearer stranger"
#define FORM     "Content-Type: multipart/form-data; boundary=X"

#define X64   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256  X64 X64 X64 X64
#define LARGE X256 X256 X256 X256 "x" /* one more than --max-body */

#define NO_TOKEN         "{'title':'Unauthenticated','detail':'You did not pass an authentication token','status':401}\n"
#define BAD_TOKEN        "{'title':'Unauthenticated','detail':'You did not pass a valid authentication token','status':401}\n"
#define GATEWAY          "{'detail':'The requested resource could not be found.','status':404}\n"
#define DJANGO           "{'detail':'Not found.'}"
#define FILES            "{'detail':'File not found'}\n"
#define NO_CURSOR        "{'detail':'Invalid cursor: follow `next` and `previous` of a page as they are.','status':404}\n"
#define UNSUPPORTED(why) "{'title':'Unsupported media type','detail':'" why "','status':415}\n"
#define ENCODED          UNSUPPORTED("A body is understood without Content-Encoding only (or with: identity).")
#define NO_FORM          UNSUPPORTED("This operation takes a multipart/form-data body, with the file in its part `content`.")
#define NO_JSON          UNSUPPORTED("This operation takes a JSON body (Content-Type: application/json), not a multipart one.")
#define NO_METHOD(name)  "{'detail':'Method \\'" name "\\' not allowed.','status':405}\n"
#define TOO_LARGE                                                                                                      \
    "{'title':'Payload too large','detail':'The request body is larger than --max-body, 1024 bytes.','status':413}\n"
#define INVALID(lines, fields)                                                                                         \
    "{'detail':'" lines "','status':422,'title':'Input validation failed','invalid_fields':[" fields "]}\n"
#define FIELD(type, field, text) "{'type':'" type "','field':'" field "','description':'" text "'}"

#define TRAININGS  "POST /v1/models/ostris/flux-dev-lora-trainer/versions/none/trainings"
#define STREAM_KEY "abcd-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* `remaining`: what the limiter shows of itself; `allow`: the header of that name. "" where there is none. */
static const struct refusal {
    const char *request, *headers, *body;
    int status;
    const char *answer, *remaining, *allow;
} refusals[] = {
    // Unknown paths and methods come before the token.
    {"GET /", NOBODY, NULL, 404, GATEWAY, "", ""},
    {"GET /v1", NULL, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/nothing", NOBODY, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/v1/v1/predictions", NULL, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/predictions/a/b/c", NULL, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/files/abc/upload", NULL, NULL, 404, GATEWAY, "", ""},
    {"GET /delivery/pbxt", NULL, NULL, 404, GATEWAY, "", ""},
    {"POST /v1/nothing", "Content-Encoding: gzip", LARGE, 404, GATEWAY, "", ""},
    {"PUT /v1/predictions", NOBODY, "{}", 405, NO_METHOD("PUT"), "", "GET, HEAD, POST, OPTIONS"},
    {"PUT /v1/predictions", "Content-Encoding: gzip", LARGE, 405, NO_METHOD("PUT"), "", "GET, HEAD, POST, OPTIONS"},
    {"BREW /v1/predictions/x", STRANGER, NULL, 405, NO_METHOD("BREW"), "", "GET, HEAD, OPTIONS"},
    {"get /v1/predictions/x", NULL, NULL, 405, NO_METHOD("get"), "", "GET, HEAD, OPTIONS"},
    {"GET /v1/predictions/x/cancel", NULL, NULL, 405, NO_METHOD("GET"), "", "POST, OPTIONS"},
    {"PUT /v1/models", NOBODY, "{}", 405, NO_METHOD("PUT"), "", "GET, HEAD, POST, QUERY, OPTIONS"},
    {"PUT /v1/models/a/b", NULL, "{}", 405, NO_METHOD("PUT"), "", "GET, HEAD, PATCH, DELETE, OPTIONS"},
    {"PUT /v1/files", NULL, NULL, 405, NO_METHOD("PUT"), "", "GET, HEAD, POST, OPTIONS"},
    {"PUT /v1/files/abc", NULL, NULL, 405, NO_METHOD("PUT"), "", "GET, HEAD, DELETE, OPTIONS"},
    {"POST /v1/files/abc/download", NOBODY, NULL, 405, NO_METHOD("POST"), "", "GET, HEAD, OPTIONS"},
    {"DELETE /v1/files/" STREAM_KEY, NOBODY, NULL, 405, NO_METHOD("DELETE"), "", "GET, HEAD, OPTIONS"},
    {"POST /delivery/pbxt/key/out-0.png", NULL, NULL, 405, NO_METHOD("POST"), "", "GET, HEAD, OPTIONS"},

    // Then the token; the limiter says nothing of itself.
    {"GET /v1/predictions", NOBODY, NULL, 401, NO_TOKEN, "", ""},
    {"GET /v1/predictions", "Authorization: Basic dGVzdA==", NULL, 401, NO_TOKEN, "", ""},
    {"GET /v1/predictions", "Authorization: Bearer", NULL, 401, NO_TOKEN, "", ""},
    {"GET /v1/predictions", STRANGER, NULL, 401, BAD_TOKEN, "", ""},
    {"GET /v1/predictions/x", "Authorization: Token tes", NULL, 401, BAD_TOKEN, "", ""},
    {"GET /v1/files", NOBODY, NULL, 401, NO_TOKEN, "", ""},
    {"POST /v1/files", NOBODY, "{}", 401, NO_TOKEN, "", ""},
    {"POST /v1/predictions", NOBODY, "{", 401, NO_TOKEN, "", ""},
    {"POST /v1/predictions", NOBODY "\nContent-Encoding: gzip", LARGE, 401, NO_TOKEN, "", ""},
    {"POST /v1/predictions", STRANGER "\n" FORM, LARGE, 401, BAD_TOKEN, "", ""},

    // Then what the head says of the body, and its length.
    {"POST /v1/predictions", "Content-Encoding: gzip", LARGE, 415, ENCODED, "", ""},
    {"POST /v1/predictions", FORM, "{}", 415, NO_JSON, "", ""},
    {"POST /v1/files", NULL, "{}", 415, NO_FORM, "", ""},
    {"POST /v1/files", NULL, NULL, 415, NO_FORM, "", ""},
    {"POST /v1/files", "Content-Type: multipart/mixed; boundary=X", "{}", 415, NO_FORM, "", ""},
    {"POST /v1/files", FORM "\nContent-Encoding: gzip", "{}", 415, ENCODED, "", ""},
    {"POST /v1/predictions", NULL, LARGE, 413, TOO_LARGE, "", ""},
    {"POST /v1/predictions/x/cancel", NULL, LARGE, 413, TOO_LARGE, "", ""},

    // Then what is there: the gateway's words, …
    {"GET /v1/predictions/x", NULL, NULL, 404, GATEWAY, "2999", ""},
    {"POST /v1/predictions/x/cancel", NULL, NULL, 404, GATEWAY, "2999", ""},
    {"GET /v1/trainings/x", NULL, NULL, 404, GATEWAY, "2999", ""},
    {"POST /v1/trainings/x/cancel", NULL, NULL, 404, GATEWAY, "2999", ""},
    {TRAININGS, NULL, "{'destination':'a/b','input':{}}", 404, GATEWAY, "2999", ""},
    {"POST /v1/models/rossjillian/controlnet/predictions", NULL, "{'input':{}}", 404, GATEWAY, "599", ""},
    {"POST /v1/models/none/predictions", NULL, "{'input':{}}", 404, GATEWAY, "599", ""},
    {"POST /v1/deployments/a/b/predictions", NULL, "{'input':{}}", 404, GATEWAY, "599", ""},
    {"GET /v1/streams/x", NOBODY, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/files/" STREAM_KEY, NOBODY, NULL, 404, GATEWAY, "", ""},
    {"GET /v1/predictions?cursor=x", NULL, NULL, 404, NO_CURSOR, "2999", ""},

    // … those of Django behind it, …
    {"GET /v1/collections/x", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/models/a/b", NULL, NULL, 404, DJANGO, "2999", ""},
    {"PATCH /v1/models/a/b", NULL, "{}", 404, DJANGO, "2999", ""},
    {"DELETE /v1/models/a/b", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/models/rossjillian/controlnet/readme", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/models/a/b/examples", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/models/black-forest-labs/flux-schnell/versions", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/models/rossjillian/controlnet/versions/x", NULL, NULL, 404, DJANGO, "2999", ""},
    {"DELETE /v1/models/a/b/versions/x", NULL, NULL, 404, DJANGO, "2999", ""},
    {"GET /v1/deployments/a/b", NULL, NULL, 404, DJANGO, "2999", ""},
    {"PATCH /v1/deployments/a/b", NULL, "{}", 404, DJANGO, "2999", ""},
    {"DELETE /v1/deployments/a/b", NULL, NULL, 404, DJANGO, "2999", ""},

    // … and those of the files, which no limiter counts.
    {"GET /v1/files/abc", NULL, NULL, 404, FILES, "", ""},
    {"DELETE /v1/files/abc", NULL, NULL, 404, FILES, "", ""},
    {"GET /v1/files/abc/download", NOBODY, NULL, 404, FILES, "", ""},
    {"GET /delivery/pbxt/key/out-0.png", NOBODY, NULL, 404, FILES, "", ""},

    // Then the body: as JSON, its members, the version, the input, Cancel-After.
    {"POST /v1/predictions", NULL, NULL, 400,
     "{'title':'Bad request','detail':'The request body is empty; it must be a JSON object.','status':400}\n", "599",
     ""},
    {"POST /v1/predictions", "Cancel-After: x", "{'model':'a/b','input':{'seed':'x'}}", 422,
     INVALID("- version is required\\n- Additional property model is not allowed\\n",
             FIELD("required", "", "version is required") "," FIELD("additional_property_not_allowed", "",
                                                                    "Additional property model is not allowed")),
     "599", ""},
    {"POST /v1/predictions", "Cancel-After: x", "{'version':'none','input':{}}", 422,
     "{\"title\":\"Invalid version or not permitted\",\"detail\":\"The specified version does not exist (or perhaps "
     "you "
     "don't have permission to use it?)\",\"status\":422}\n",
     "599", ""},
    {"POST /v1/predictions", "Cancel-After: x", "{'version':'" VERSION "','input':{" INPUT ",'num_outputs':9}}", 422,
     INVALID("- input.num_outputs: Must be less than or equal to 4\\n",
             FIELD("number_lte", "input.num_outputs", "Must be less than or equal to 4")),
     "599", ""},
    {"POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{}}", 422,
     INVALID("- input: image is required\\n- input: prompt is required\\n- input: structure is required\\n",
             FIELD("required", "input", "image is required") "," FIELD(
                 "required", "input", "prompt is required") "," FIELD("required", "input", "structure is required")),
     "599", ""},
};

/* ' stands for ", unless there are some of these. */
static void expect_body(const struct answer *answer, const char *text)
{
    char expected[1024];

    snprintf(expected, sizeof(expected), "%s", text);
    for (char *quote = expected; !strchr(text, '"') && (quote = strchr(quote, '\''));)
        *quote = '"';
    ck_assert_str_eq(answer->body, expected);
}

static void expect_headers(const struct answer *answer, const struct refusal *refusal)
{
    ck_assert_str_eq(answer_header(answer, "Content-Type"), "application/problem+json");
    ck_assert_str_eq(answer_header(answer, "ratelimit-remaining"), refusal->remaining);
    ck_assert_str_eq(answer_header(answer, "ratelimit-reset"), *refusal->remaining ? "1" : "");
    ck_assert_str_eq(answer_header(answer, "Allow"), refusal->allow);
    ck_assert_str_eq(answer_header(answer, "Retry-After"), "");
    ck_assert_str_eq(answer_header(answer, "Connection"), ""); // a body is read to its end: the connection goes on
}

START_TEST(test_refusals)
{
    struct stage *stage = world_new("--max-body 1KiB --token test");

    for (const struct refusal *refusal = refusals; refusal < refusals + COUNT(refusals); refusal++) {
        world_ask(stage, refusal->request, refusal->headers, refusal->body, refusal->status, NULL);
        expect_body(world_answer(stage), refusal->answer);
        expect_headers(world_answer(stage), refusal);
    }
    world_free(stage);
}
END_TEST

/* The head of what GET answers, and no body. */
START_TEST(test_the_same_of_head)
{
    struct stage *stage = world_new("--max-body 1KiB --token test");

    for (const struct refusal *refusal = refusals; refusal < refusals + COUNT(refusals); refusal++) {
        char request[256], length[24];
        if (strncmp(refusal->request, "GET ", 4) != 0 || refusal->status == 405)
            continue;
        snprintf(request, sizeof(request), "HEAD %s", refusal->request + 4);
        snprintf(length, sizeof(length), "%zu", strlen(refusal->answer));
        world_ask(stage, request, refusal->headers, refusal->body, refusal->status, NULL);
        ck_assert_uint_eq(world_answer(stage)->len, 0);
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Length"), length);
        expect_headers(world_answer(stage), refusal);
    }
    world_ask(stage, "HEAD /v1/predictions/x/cancel", NULL, NULL, 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "POST, OPTIONS");
    world_free(stage);
}
END_TEST

/* Does a rule that says 404 and no more say what the operation itself does? */
START_TEST(test_a_rule_speaks_the_dialect_of_its_operation)
{
    struct stage *stage = world_new("--max-body 1KiB --token test");

    world_ask(stage, "POST /_mock/scenarios", "Content-Type: application/json",
              "{'match':{'operation':'*'},'response':{'status':404}}", 201, NULL);
    for (const struct refusal *refusal = refusals; refusal < refusals + COUNT(refusals); refusal++) {
        if (refusal->status != 404 || strcmp(refusal->answer, NO_CURSOR) == 0)
            continue;
        world_ask(stage, refusal->request, refusal->headers, refusal->body, 404, NULL);
        expect_body(world_answer(stage), refusal->answer);
        expect_headers(world_answer(stage), refusal);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_a_rule_that_refuses_a_file)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", "Content-Type: application/json",
              "{'match':{'operation':'*.create'},'response':{'status':413}}", 201, NULL);
    world_ask(stage, "POST /v1/files", FORM, "--X--", 413, NULL);
    expect_body(world_answer(stage), "{'detail':'Files must be less than 100MB in size'}\n");
    world_ask(stage, "POST /v1/predictions", NULL, "{}", 413, NULL);
    expect_body(world_answer(stage),
                "{'title':'Payload too large','detail':'The request body is too large.','status':413}\n");
    world_free(stage);
}
END_TEST

SUITE("errors", test_refusals, test_the_same_of_head, test_a_rule_speaks_the_dialect_of_its_operation,
      test_a_rule_that_refuses_a_file);
