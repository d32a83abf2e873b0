#include "base/id.h"
#include "cli/cli.h"
#include "cli/models.h"

#include <stdio.h>

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
        models_load(&catalog, *file, &lines);
    fwrite(lines.len > 0 ? lines.data : "", 1, lines.len, stdout);
    int code = lines.len > 0 ? EXIT_FAILED : 0;
    buf_free(&lines);
    catalog_free(&catalog);
    return code;
}
