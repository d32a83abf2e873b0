#include "core/prepared.h"
#include "base/digest.h"
#include "base/mem.h"

#include <stdlib.h>

struct prepared *prepared_new(uint16_t width, uint16_t height, const void *data, size_t len)
{
    struct prepared *prepared = xmalloc(sizeof(*prepared) + len);
    unsigned char mac[SHA256_BYTES];
    const unsigned char sizes[] = {(unsigned char)width, (unsigned char)(width >> 8), (unsigned char)height,
                                   (unsigned char)(height >> 8)};

    *prepared = (struct prepared){.holders = 1, .width = width, .height = height, .len = len};
    memcpy(prepared->data, data, len);
    digest_hmac_sha256(mac, (struct slice){(const char *)sizes, sizeof(sizes)}, &(struct slice){data, len}, 1);
    memcpy(prepared->digest, mac, PREPARED_DIGEST);
    return prepared;
}

struct prepared *prepared_hold(struct prepared *prepared)
{
    if (prepared)
        prepared->holders++;
    return prepared;
}

void prepared_let_go(struct prepared *prepared)
{
    if (prepared && --prepared->holders == 0)
        free(prepared);
}

size_t prepared_bytes(const struct prepared *prepared)
{
    return prepared ? sizeof(*prepared) + prepared->len : 0;
}
