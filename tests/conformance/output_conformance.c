/* Holds what the stand-ins make against the schemas that asked for it, for every model of the files given: each holds one
 * model object, or an array of them, as the real API gives them. One line for each output that does not fit, then a
 * count; 0: all fit.
 *
 * Usage: output_conformance FILE… */
#include "base/json_scan.h"
#include "core/catalog.h"
#include "lib/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fit, misfit, unreadable;

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    struct buf text = {0};
    char piece[65536];
    size_t got;

    if (!file) {
        perror(path);
        exit(2);
    }
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(&text, piece, got);
    fclose(file);
    return buf_take(&text, len);
}

static void judge(struct slice text)
{
    struct arena arena = {0};
    struct json_error error;
    struct faults faults;
    struct catalog catalog;
    const cJSON *json = json_parse(&arena, text.data, text.len, JSON_GRAMMAR, &error);

    faults_init(&faults, &arena);
    catalog_init(&catalog, (struct hash_key){1, 2});
    if (!json || !catalog_add(&catalog, json, text, &faults)) {
        printf("%s: %s\n", json ? json_get_string(json, "url") : "?", json ? faults.list[0].description : error.reason);
        unreadable++;
    } else if (json_get(json_get(json_get(json, "latest_version"), "openapi_schema"), "components")) {
        const char *why = outputs_misfit(&arena, &catalog, json, "{\"prompt\":\"a turtle\"}");
        if (why)
            printf("%s/%s: %s\n", json_get_string(json, "owner"), json_get_string(json, "name"), why);
        misfit += why != NULL;
        fit += why == NULL;
    }
    catalog_free(&catalog);
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t len;
        char *text = read_file(argv[i], &len);
        const char *end = text + len, *at = json_scan_space(text, end);
        bool several = at < end && *at == '[';
        for (at += several; at < end && *at != ']';) {
            struct slice model = json_scan_value(at, end);
            judge(model);
            at = json_scan_space(model.data + model.len, end);
            at = at < end && *at == ',' ? json_scan_space(at + 1, end) : at;
        }
        free(text);
    }
    printf("%d fit, %d do not, %d could not be read\n", fit, misfit, unreadable);
    return misfit > 0 || unreadable > 0;
}
