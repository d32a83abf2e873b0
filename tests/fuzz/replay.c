/* replay FILE-OR-FOLDER...: gives each file to LLVMFuzzerTestOneInput once, so that a corpus is an ordinary
 * test with any compiler. Goes into folders. An empty corpus fails: a test of nothing is a mistake in its call. */
#include "base/mem.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOLDERS_OPEN = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t replayed; // nftw hands nothing through to its callback

static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        return -1;
    }
    uint8_t *bytes = xmalloc(size); // nothing behind it: the sanitizers see who reads on
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    fprintf(stderr, "%s\n", path); // the last one named is the one that crashed
    LLVMFuzzerTestOneInput(bytes, got);
    free(bytes);
    replayed++;
    return 0;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)where;
    if (type == FTW_NS || type == FTW_DNR) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    return type == FTW_F ? replay_file(path, (size_t)status->st_size) : 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (nftw(argv[i], visit, FOLDERS_OPEN, 0) != 0) {
            fprintf(stderr, "%s: stopped there\n", argv[i]);
            return EXIT_FAILURE;
        }
    }
    printf("%zu files replayed\n", replayed);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
