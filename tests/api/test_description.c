/* GET /openapi.json and /_mock/openapi.json: served, and of exactly the calls that there are. */
#include "api/api.h"
#include "base/embed.h"
#include "control/control.h"
#include "lib/described.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

static void check_served(struct stage *stage, const char *request, const char *headers, const char *file)
{
    const struct embedded *text = embedded_find(file);

    world_ask(stage, request, headers, NULL, 200, "{'openapi':'3.1.0'}");
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    ck_assert_uint_eq(world_answer(stage)->len, text->len);
    ck_assert_mem_eq(world_answer(stage)->body, text->data, text->len);
}

/* "No token needed", at every root that clients may have been given; and any page may read it. */
START_TEST(test_served)
{
    struct stage *stage = world_new("--token good");
    const char *nobody = "Authorization: -\nOrigin: http://docs.example.com";

    check_served(stage, "GET /openapi.json", nobody, "schema/openapi.json");
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    check_served(stage, "GET /v1/openapi.json", nobody, "schema/openapi.json");
    check_served(stage, "GET /v1/openapi.json?x", "Authorization: Bearer bad", "schema/openapi.json");
    check_served(stage, "GET /v1/v1/openapi.json", nobody, "schema/openapi.json");
    world_ask(stage, "POST /openapi.json", nobody, "{}", 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, OPTIONS");
    world_free(stage);
}
END_TEST

START_TEST(test_control_served)
{
    struct stage *stage = world_new("");

    check_served(stage, "GET /_mock/openapi.json", "Authorization: -", "schema/control.json");
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "");
    world_ask(stage, "GET /_mock/openapi.json", "Host: example.com", NULL, 403, NULL);
    world_free(stage);
}
END_TEST

/* --- of exactly the calls that there are ------------------------------------------------------------------------ */

static int missing;

static void note_missing(const char *method, const char *path, const char *id, const char *where)
{
    fprintf(stderr, "%s %s, %s: not %s\n", method, path, id, where);
    missing++;
}

static void check_routes(struct described *described, const struct route *routes, const char *root)
{
    for (const struct route *route = routes; route->pattern; route++) {
        char path[256];
        snprintf(path, sizeof(path), "%s%s", root, route->pattern);
        if (!described_route(described, method_name(route->method), path, route->operation))
            note_missing(method_name(route->method), path, route->operation, "described");
    }
}

START_TEST(test_routes_are_described)
{
    struct described *described = described_new();

    missing = 0;
    check_routes(described, api_routes, "");
    check_routes(described, api_public_routes, "");
    check_routes(described, control_routes, "/_mock");
    described_free(described);
    ck_assert_int_eq(missing, 0);
}
END_TEST

static bool has_operation(const struct route *routes, const char *id, const char *method)
{
    for (const struct route *route = routes; route->pattern; route++)
        if (strcmp(route->operation, id) == 0 && strcmp(method_name(route->method), method) == 0)
            return true;
    return false;
}

static void check_routed(void *arg, const char *id, const char *method, const char *path)
{
    (void)arg;
    if (!has_operation(api_routes, id, method) && !has_operation(api_public_routes, id, method) &&
        !has_operation(control_routes, id, method))
        note_missing(method, path, id, "routed");
}

START_TEST(test_described_are_routed)
{
    struct described *described = described_new();

    missing = 0;
    described_each(described, false, check_routed, NULL);
    described_each(described, true, check_routed, NULL);
    described_free(described);
    ck_assert_int_eq(missing, 0);
}
END_TEST

SUITE("description", test_served, test_control_served, test_routes_are_described, test_described_are_routed);
