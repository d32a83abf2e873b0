#include "media/weights.h"
#include "base/buf.h"

#include <stdio.h>

enum { BLOCK = 512 };

/* A safetensors file: the length of its header in eight bytes, the least significant first, then that header, JSON, padded
 * with blanks to a multiple of eight. It names the training and no tensor. */
static void put_safetensors(struct buf *out, const char *training)
{
    char header[128];
    size_t len = (size_t)snprintf(header, sizeof(header), "{\"__metadata__\":{\"format\":\"pt\",\"training\":\"%s\"}}",
                                  training);

    for (; len % 8 != 0; len++)
        header[len] = ' ';
    for (int i = 0; i < 8; i++)
        buf_char(out, (char)(len >> 8 * i));
    buf_add(out, header, len);
}

/* A header of POSIX's ustar: octal numbers as text, and a sum of its own bytes, the sum itself taken for blanks. */
static void put_header(struct buf *out, const char *name, size_t size, int64_t seconds)
{
    struct {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
        char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
    } header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    unsigned sum = 0;
    const unsigned char *bytes = (const unsigned char *)&header;

    _Static_assert(sizeof(header) == BLOCK, "one block");
    snprintf(header.name, sizeof(header.name), "%s", name);
    snprintf(header.mode, sizeof(header.mode), "0000644");
    snprintf(header.uid, sizeof(header.uid), "0000000");
    snprintf(header.gid, sizeof(header.gid), "0000000");
    snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)size);
    snprintf(header.mtime, sizeof(header.mtime), "%011llo", (unsigned long long)seconds & 077777777777);
    memset(header.sum, ' ', sizeof(header.sum));
    for (size_t i = 0; i < sizeof(header); i++)
        sum += bytes[i];
    snprintf(header.sum, sizeof(header.sum), "%06o", sum & 0777777);
    buf_add(out, &header, sizeof(header));
}

static void pad(struct buf *out, size_t to)
{
    static const char zeros[BLOCK];

    while (out->len % to != 0)
        buf_add(out, zeros, BLOCK - out->len % BLOCK);
}

char *weights_tar(const char *training, int64_t seconds, size_t *len)
{
    struct buf file = {0}, tar = {0};

    put_safetensors(&file, training);
    put_header(&tar, "output/flux_train_replicate/lora.safetensors", file.len, seconds);
    buf_add(&tar, file.data, file.len);
    buf_free(&file);
    pad(&tar, BLOCK);
    buf_char(&tar, '\0'); // two blocks of zeros, and more up to a whole record, end it
    pad(&tar, (size_t)20 * BLOCK);
    return buf_take(&tar, len);
}
