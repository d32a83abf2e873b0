/* described FILE...: holds recorded answers against schema/openapi.json and schema/control.json, and says which are not
 * as described. A file has records one behind the other, as tests/lib/records.py writes them:
 *
 *     METHOD TARGET HOST STATUS LENGTH CONTENT-TYPE\n
 *     LENGTH bytes of the body\n
 *
 * HOST is - where there was none, LENGTH is - where the body was not kept (and then only the newline follows), and
 * CONTENT-TYPE may be empty. Exit codes: 0 all are as described, 1 some are not, 2 a file is no such file or empty. */
#include "base/mem.h"
#include "lib/described.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LEN = 16384, BODY_MAX = 1 << 28, FAULTS_SHOWN = 50 };

struct tally {
    struct described *described;
    size_t answers, faults;
};

static int bad_file(const char *name, const char *why)
{
    fprintf(stderr, "described: %s: %s\n", name, why);
    return 2;
}

/* Cuts the line up at blanks; the last field is the rest. False: there are not six. */
static bool read_line(char *line, char *fields[6])
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < 6; i++) {
        fields[i] = line;
        line += i < 5 ? strcspn(line, " ") : strlen(line);
        if (i < 5 && !*line)
            return false;
        if (i < 5)
            *line++ = '\0';
    }
    return true;
}

static void judge(struct tally *tally, char *fields[6], const char *body, size_t len)
{
    struct seen seen = {.method = fields[0],
                        .target = fields[1],
                        .host = fields[2],
                        .status = atoi(fields[3]),
                        .type = fields[5],
                        .body = body,
                        .len = len};
    const char *fault = described_fault(tally->described, &seen);

    tally->answers++;
    if (fault && tally->faults++ < FAULTS_SHOWN)
        fprintf(stderr, "%s\n", fault);
}

static int read_records(struct tally *tally, const char *name, FILE *file)
{
    static char line[LINE_MAX_LEN];
    char *fields[6];

    while (fgets(line, sizeof(line), file)) {
        if (!read_line(line, fields))
            return bad_file(name, "a record begins with METHOD TARGET HOST STATUS LENGTH CONTENT-TYPE");
        bool kept = strcmp(fields[4], "-") != 0;
        size_t len = kept ? strtoul(fields[4], NULL, 10) : 0;
        if (len > BODY_MAX)
            return bad_file(name, "a body is too long");
        char *body = xmalloc(len + 1);
        bool whole = fread(body, 1, len + 1, file) == len + 1 && body[len] == '\n';
        if (whole)
            judge(tally, fields, kept ? body : NULL, len);
        free(body);
        if (!whole)
            return bad_file(name, "a record is cut off");
    }
    return 0;
}

int main(int argc, char *argv[])
{
    struct tally tally = {.described = described_new()};
    int code = 0;

    for (int i = 1; i < argc && code == 0; i++) {
        FILE *file = fopen(argv[i], "rb");
        code = file ? read_records(&tally, argv[i], file) : bad_file(argv[i], "cannot be read");
        if (file)
            fclose(file);
    }
    described_free(tally.described);
    printf("described: %zu answers, %zu of them not as described\n", tally.answers, tally.faults);
    if (code == 0 && tally.answers == 0)
        code = bad_file(argc > 1 ? argv[1] : "no file", "no answers");
    return code ? code : tally.faults > 0;
}
