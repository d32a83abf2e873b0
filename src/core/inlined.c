#include "core/inlined.h"
#include "base/digest.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAD = 64 }; // room for the longest "data:…;base64,"

struct inlined *inlined_new(void)
{
    return xnew(struct inlined);
}

void inlined_free(struct inlined *inlined)
{
    if (!inlined)
        return;
    free(inlined->text);
    free(inlined);
}

/* "data:image/png;base64,". RFC 2397: no blank stands in one, as it may in the same type's header. */
static size_t put_head(char head[HEAD], enum file_kind kind)
{
    char type[HEAD / 2];
    size_t len = 0;

    for (const char *at = file_kind_type(kind); *at && len + 1 < sizeof(type); at++)
        if (*at != ' ')
            type[len++] = *at;
    type[len] = '\0';
    return (size_t)snprintf(head, HEAD, "data:%s;base64,", type);
}

bool inlined_add(struct inlined *inlined, enum file_kind kind, const char *data, size_t len)
{
    char head[HEAD];
    size_t head_len = put_head(head, kind), encoded = (len + 2) / 3 * 4;
    bool fits = data && len <= INLINED_MAX && inlined->len + head_len + encoded <= INLINED_MAX;

    if (fits) {
        inlined->text = xrealloc(inlined->text, inlined->len + head_len + encoded + 1);
        memcpy(inlined->text + inlined->len, head, head_len);
        digest_base64_encode(inlined->text + inlined->len + head_len, data, len);
        inlined->len += head_len + encoded;
    }
    inlined->ends[inlined->count++] = inlined->len;
    return fits;
}

struct slice inlined_uri(const struct inlined *inlined, unsigned file)
{
    if (!inlined || file >= inlined->count)
        return (struct slice){0};
    size_t begin = file > 0 ? inlined->ends[file - 1] : 0, end = inlined->ends[file];
    return end > begin ? (struct slice){inlined->text + begin, end - begin} : (struct slice){0};
}

size_t inlined_bytes(const struct inlined *inlined)
{
    return inlined ? sizeof(*inlined) + inlined->len + 1 : 0;
}
