/* Any bytes: as a picture, as an image input, and as the base64 of one. A size that is told is a size. */
#include "base/mem.h"
#include "media/picture_size.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool known, const struct picture_size *size)
{
    if (known && (size->width == 0 || size->height == 0 || size->width > INT32_MAX || size->height > INT32_MAX))
        abort();
}

static void try_uri(const char *head, const uint8_t *data, size_t len)
{
    struct picture_size size;
    size_t head_len = strlen(head);
    char *uri = xmalloc(head_len + len + 1);

    memcpy(uri, head, head_len);
    if (len > 0)
        memcpy(uri + head_len, data, len);
    uri[head_len + len] = '\0';
    check(picture_size_of_uri(&size, uri), &size);
    free(uri);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct picture_size size;

    check(picture_size_of_bytes(&size, data, len), &size);
    try_uri("", data, len);
    try_uri("data:;base64,", data, len);
    return 0;
}
