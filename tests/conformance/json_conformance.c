/* json_conformance FILE: does json_parse keep to JSONTestSuite? Each line of FILE is a case: NAME, a tab, the
 * bytes of its text in hexadecimal. By name y_ must be accepted, n_ refused, and i_ may be either. */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer cases than these mean that the list was not read, not that it has shrunk. */
enum { CASES_AT_LEAST = 200 };

/* What RFC 8259 leaves open and our rules for request bodies refuse. */
static const char *const refused_in_requests[] = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
    "y_string_null_escape.json",
};

struct tally {
    int passed, failed;
    size_t refused_in_requests;
};

static bool is_refused_in_requests(const char *name)
{
    for (size_t i = 0; i < sizeof(refused_in_requests) / sizeof(refused_in_requests[0]); i++) {
        if (strcmp(name, refused_in_requests[i]) == 0)
            return true;
    }
    return false;
}

/* Decodes in place; -1 where it is no hexadecimal. */
static long decode_hex(char *hex)
{
    size_t len = strlen(hex);

    if (strspn(hex, "0123456789abcdef") != len || len % 2 != 0)
        return -1;
    for (size_t i = 0; i < len / 2; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        hex[i] = (char)strtol(digits, NULL, 16);
    }
    return (long)(len / 2);
}

static bool is_as_expected(const char *name, const char *text, size_t len, enum json_rules rules, bool expected)
{
    struct arena arena = {0};
    struct json_error error = {0};
    char *exact = xmalloc(len); // nothing behind it: the sanitizers see who reads on

    if (len > 0)
        memcpy(exact, text, len);
    bool accepted = json_parse(&arena, exact, len, rules, &error) != NULL;
    free(exact);
    arena_free(&arena);
    if (name[0] == 'i' || accepted == expected)
        return true;
    const char *which = rules == JSON_GRAMMAR ? "the grammar" : "the rules for requests";
    printf("%s: %s by %s%s%s\n", name, accepted ? "accepted" : "refused", which, accepted ? "" : ": ", error.reason);
    return false;
}

static void check_case(const char *name, const char *text, size_t len, struct tally *tally)
{
    bool valid = name[0] == 'y';
    bool open = is_refused_in_requests(name);
    bool grammar = is_as_expected(name, text, len, JSON_GRAMMAR, valid);
    bool request = is_as_expected(name, text, len, JSON_REQUEST, valid && !open);

    tally->refused_in_requests += open;
    tally->passed += grammar && request;
    tally->failed += !(grammar && request);
}

static bool check_line(char *line, struct tally *tally)
{
    char *tab = strchr(line, '\t');

    line[strcspn(line, "\n")] = '\0';
    if (!tab || !strchr("yni", line[0]) || line[1] != '_')
        return false;
    *tab = '\0';
    long len = decode_hex(tab + 1);
    if (len < 0)
        return false;
    check_case(line, tab + 1, (size_t)len, tally);
    return true;
}

static bool check_lines(FILE *file, struct tally *tally)
{
    char *line = NULL;
    size_t room = 0;
    bool fine = true;

    while (fine && getline(&line, &room, file) > 0)
        fine = check_line(line, tally);
    if (!fine)
        printf("not a case: %.60s\n", line);
    free(line);
    return fine && !ferror(file);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (!file) {
        fprintf(stderr, "usage: json_conformance FILE (one that can be read)\n");
        return 2;
    }
    bool fine = check_lines(file, &tally);
    fclose(file);
    if (tally.passed + tally.failed < CASES_AT_LEAST) {
        printf("only %d cases were read, there are more than %d\n", tally.passed + tally.failed, CASES_AT_LEAST);
        fine = false;
    }
    if (tally.refused_in_requests != sizeof(refused_in_requests) / sizeof(refused_in_requests[0])) {
        printf("a case that is refused in requests has another name now\n");
        fine = false;
    }
    printf("%d passed, %d failed\n", tally.passed, tally.failed);
    return fine && tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
