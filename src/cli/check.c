#include "base/id.h"
#include "cli/cli.h"
#include "cli/models.h"
#include "cli/scenarios.h"

#include <stdio.h>

static void check_file(struct catalog *catalog, const char *path, struct buf *lines)
{
    struct list rules;

    if (!scenarios_are_in(path)) {
        models_load(catalog, path, lines);
        return;
    }
    list_init(&rules);
    scenarios_load(&rules, path, lines);
    scenario_drop(&rules);
}

int check_main(const struct config *config)
{
    struct catalog catalog;
    struct buf lines = {0};

    if (!*config->words) {
        fputs("replicate-mock: check needs the name of a file: replicate-mock check FILE...\n", stderr);
        return EXIT_USAGE;
    }
    catalog_init(&catalog, id_random_key());
    for (const char *const *file = config->words; *file; file++)
        check_file(&catalog, *file, &lines);
    fwrite(lines.len > 0 ? lines.data : "", 1, lines.len, stdout);
    int code = lines.len > 0 ? EXIT_FAILED : 0;
    buf_free(&lines);
    catalog_free(&catalog);
    return code;
}
