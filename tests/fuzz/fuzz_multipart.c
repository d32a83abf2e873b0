/* Any Content-Type (the first line) and any body: what is accepted lies in the body, in order and apart; what is not has
 * a reason. */
#include "http/multipart.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void check_parts(const struct multipart *multipart, struct slice body)
{
    const char *at = body.data, *end = body.data + body.len;

    demand(multipart->count <= MULTIPART_MAX_PARTS, "so many parts and no more");
    for (size_t i = 0; i < multipart->count; i++) {
        const struct part *part = &multipart->parts[i];
        demand(part->name != NULL, "each has a name");
        demand(!part->filename || !strchr(part->filename, '/'), "no folders");
        demand(part->bytes.data >= at && part->bytes.data + part->bytes.len <= end, "one behind the other");
        at = part->bytes.data + part->bytes.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = memchr(data, '\n', size);
    struct arena arena = {0};
    struct multipart multipart;

    if (!line_end)
        return 0;
    char *type = xmemdup0((const char *)data, (size_t)(line_end - data));
    struct slice body = {(const char *)line_end + 1, (size_t)(data + size - line_end - 1)};
    const char *fault = multipart_read(&multipart, &arena, type, body);
    if (fault)
        demand(*fault != '\0', "a reason");
    else
        check_parts(&multipart, body);
    arena_free(&arena);
    free(type);
    return 0;
}
