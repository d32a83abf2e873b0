/* Any bytes: as a data: URI, as what stands in one, and as what one is made of. What is read is never longer than what it
 * was read from, and bytes come back as they were put in. */
#include "base/data_uri.h"
#include "base/digest.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void read_any(const char *head, const uint8_t *data, size_t size)
{
    size_t head_len = strlen(head), len = head_len + size;
    char *uri = xmalloc(len), *bytes = NULL; // without a NUL, so that a sanitizer sees who reads too far

    memcpy(uri, head, head_len);
    if (size > 0)
        memcpy(uri + head_len, data, size);
    struct slice type = data_uri_type((struct slice){uri, len});
    demand(type.len <= len, "a type is a part of the URI");
    if (data_uri_decode((struct slice){uri, len}, &bytes, &len) == DATA_URI_READ)
        demand(len <= size, "nothing is added");
    else
        demand(!bytes, "what is not read gives no bytes");
    free(bytes);
    free(uri);
}

static void round_trip(const uint8_t *data, size_t size)
{
    static const char head[] = "data:;base64,";
    char *uri = xmalloc(sizeof(head) + (size + 2) / 3 * 4), *bytes;
    size_t len;

    strcpy(uri, head);
    digest_base64_encode(uri + strlen(head), data, size);
    demand(data_uri_decode((struct slice){uri, strlen(uri)}, &bytes, &len) == DATA_URI_READ, "base64 is read");
    demand(len == size && (size == 0 || memcmp(bytes, data, size) == 0), "bytes come back as they were");
    free(bytes);
    free(uri);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_any("", data, size);
    read_any("data:,", data, size);
    read_any("data:image/png;base64,", data, size);
    round_trip(data, size);
    return 0;
}
