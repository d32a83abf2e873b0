/* The judge of the conformance tests, judged: what it lets pass, and that it sees what is wrong. */
#include "base/embed.h"
#include "base/json.h"
#include "core/schema.h"
#include "lib/described.h"
#include "lib/suite.h"

#include <string.h>

static struct described *described;

static void setup(void)
{
    described = described_new();
}

static void teardown(void)
{
    described_free(described);
}

#define URLS                                                                                                           \
    "'urls':{'cancel':'http://h/v1/predictions/a/cancel','get':'http://h/v1/predictions/a',"                           \
    "'stream':'http://h/v1/streams/k','web':'https://replicate.com/p/a'}"
#define PREDICTION(status)                                                                                             \
    "{'id':'a','model':'o/n','version':'hidden','input':{},'logs':'','output':null,'data_removed':false,"              \
    "'error':null,'source':'api','status':'" status "','created_at':'2026-01-01T00:00:00Z'," URLS "}"
#define PROBLEM "application/problem+json"

/* What is said of this answer; ' stands for ". */
static const char *fault(const char *method, const char *target, int status, const char *type, const char *body)
{
    static char text[4096];
    struct seen seen = {.method = method, .target = target, .status = status, .type = type, .body = text};

    for (; body[seen.len]; seen.len++)
        text[seen.len] = (char)(body[seen.len] == '\'' ? '"' : body[seen.len]);
    return described_fault(described, &seen);
}

#define ck_fine(...)                                                                                                   \
    do {                                                                                                               \
        const char *why = fault(__VA_ARGS__);                                                                          \
        ck_assert_msg(!why, "%s", why);                                                                                \
    } while (0)

#define ck_fault(text, ...)                                                                                            \
    do {                                                                                                               \
        const char *why = fault(__VA_ARGS__);                                                                          \
        ck_assert_msg(why &&strstr(why, text), "%s", why ? why : "nothing is said");                                   \
    } while (0)

START_TEST(test_paths)
{
    static const char *const targets[] = {"/v1/predictions/a",
                                          "/predictions/a",
                                          "/v1/v1/predictions/a",
                                          "/v1/predictions/a/",
                                          "/v1//predictions/a?x=/y",
                                          "http://api.replicate.com/v1/predictions/a",
                                          "/v1/http://h/predictions/a",
                                          "/v1/http:/h/predictions/a",
                                          "/HTTPS://h/base/v1/v1/predictions/a",
                                          "/v1/http%3A//h/v1/%70redictions/a"};

    for (size_t i = 0; i < COUNT(targets); i++) {
        struct seen seen = {.method = "GET", .target = targets[i]};
        const char *id = described_operation(described, &seen);
        ck_assert_msg(id && strcmp(id, "predictions.get") == 0, "%s is %s", targets[i], id ? id : "nothing");
    }
}
END_TEST

START_TEST(test_operations)
{
    static const struct {
        const char *method, *target, *host, *id;
    } cases[] = {
        {"GET", "/v1/models?a=b", NULL, "models.list"},
        {"QUERY", "/v1/models", NULL, "models.search"},
        {"HEAD", "/v1/models", NULL, "models.list"},
        {"GET", "/v1/models/o/n", NULL, "models.get"},
        {"GET", "/v1/models/o/n/versions", NULL, "models.versions.list"},
        {"GET", "/delivery/pbxt/k/out-0.png", NULL, "delivery.get"},
        {"GET", "/pbxt/k/out-0.png", "replicate.delivery", "delivery.get"},
        {"GET", "/pbxt/k/out-0.png", "pbxt.Replicate.Delivery:80", "delivery.get"},
        {"GET", "/pbxt/k/out-0.png", "noreplicate.delivery", NULL},
        {"GET", "/pbxt/k/out-0.png", "replicate.delivery.:80", "delivery.get"},
        {"GET", "http://replicate.delivery/pbxt/k/out-0.png", "h", "delivery.get"},
        {"GET", "http://h/pbxt/k/out-0.png", "replicate.delivery", NULL},
        {"GET", "/k/out-0.png", "pbxt.replicate.delivery", "delivery.get"},
        {"GET", "/k/out-0.png", "replicate.delivery", NULL},
        {"GET", "/delivery/pbxt/k/out-0.png", "replicate.delivery", "delivery.get"},
        {"POST", "/_mock/reset", "replicate.delivery", "mock.reset"},
        {"POST", "/_mock/inbox/here", NULL, "mock.inbox.receive"},
        {"POST", "/v1/models/o/n", NULL, NULL},
        {"GET", "/v1/predictions/a/b", NULL, NULL},
        {"GET", "/", NULL, NULL},
        {"GET", "/v1/http://h/_mock/clock", NULL, NULL},
        {"GET", "/v1/http:", NULL, NULL},
        {"POST", "/v1/models/v/predictions", NULL, "predictions.create"},
        {"GET", "/v1/models/v/predictions", NULL, "models.get"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen seen = {.method = cases[i].method, .target = cases[i].target, .host = cases[i].host};
        ck_assert_pstr_eq(described_operation(described, &seen), cases[i].id);
    }
}
END_TEST

START_TEST(test_fine)
{
    const char *type = "application/json";

    ck_fine("GET", "/v1/predictions/a", 200, type, PREDICTION("starting"));
    ck_fine("GET", "/v1/predictions/a", 200, "application/json; charset=utf-8", PREDICTION("starting"));
    ck_fine("POST", "/v1/predictions", 201, type, PREDICTION("processing"));
    ck_fine("GET", "/v1/predictions/a", 401, PROBLEM, "{'title':'T','detail':'D','status':401}");
    ck_fine("GET", "/v1/nowhere", 404, PROBLEM, "{'detail':'D','status':404}");
    ck_fine("PUT", "/v1/predictions", 405, PROBLEM, "{'detail':'D','status':405}");
    ck_fine("HEAD", "/v1/predictions/a", 200, type, "");
    ck_fine("GET", "/delivery/pbxt/k/n", 200, "image/png", "bytes");
    ck_fine("GET", "/delivery/pbxt/k/n", 304, "", "");
    ck_fine("POST", "/v1/predictions", 500, "text/html", "whatever");
    ck_fine("DELETE", "/v1/files/a", 204, "text/plain", "");
    ck_fine("POST", "/_mock/inbox/a", 418, type, "{'status':418}");
}
END_TEST

START_TEST(test_faults)
{
    const char *type = "application/json";

    ck_fault("urls is required", "GET", "/v1/predictions/a", 200, type,
             "{'id':'a','model':'o/n','version':'hidden','input':{},'logs':'','output':null,'data_removed':false,"
             "'error':null,'source':'api','status':'starting','created_at':'2026-01-01T00:00:00Z'}");
    ck_fault("status must be one of", "GET", "/v1/predictions/a", 200, type, PREDICTION("idle"));
    ck_fault("Additional property more is not allowed", "GET", "/v1/webhooks/default/secret", 200, type,
             "{'key':'whsec_AAAA','more':1}");
    ck_fault("Expected: string, given: null", "GET", "/v1/webhooks/default/secret", 200, type, "{'key':null}");
    ck_fault("no JSON", "GET", "/v1/webhooks/default/secret", 200, type, "{");
    ck_fault("a Content-Type", "GET", "/v1/webhooks/default/secret", 200, "text/html", "{'key':'whsec_AAAA'}");
    ck_fault("a status", "GET", "/v1/predictions/a", 201, type, PREDICTION("starting"));
    ck_fault("a status", "GET", "/v1/nowhere", 200, type, "{}");
    ck_fault("a body", "DELETE", "/v1/files/a", 204, "text/plain", "x");
    ck_fault("retry_after is required", "POST", "/v1/predictions", 429, PROBLEM, "{'detail':'D','status':429}");
    ck_fault("now is required", "GET", "/_mock/clock", 200, type, "{'mode':'real','speed':1}");
}
END_TEST

/* Every component can be read by our own engine, also those that no test has asked for. */
START_TEST(test_components)
{
    static const char *const files[] = {"schema/openapi.json", "schema/control.json"};

    for (size_t i = 0; i < COUNT(files); i++) {
        struct arena arena = {0};
        struct json_error error;
        struct faults faults;
        const struct embedded *file = embedded_find(files[i]);
        const cJSON *document = json_parse(&arena, file->data, file->len, JSON_UNIQUE_KEYS, &error);
        const cJSON *schemas = json_get(json_get(document, "components"), "schemas");
        for (const cJSON *schema = schemas->child; schema; schema = schema->next) {
            faults_init(&faults, &arena);
            const char *pointer = arena_printf(&arena, "#/components/schemas/%s", schema->string);
            ck_assert_msg(schema_compile(&arena, document, pointer, &faults) != NULL, "%s: %s", pointer,
                          faults.list[0].description);
        }
        arena_free(&arena);
    }
}
END_TEST

SUITE_WITH("described", setup, teardown, test_paths, test_operations, test_fine, test_faults, test_components);
