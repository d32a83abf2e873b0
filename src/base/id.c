#include "base/id.h"

#include <string.h>
#include <uuid/uuid.h>

static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

struct hash_key id_random_key(void)
{
    uuid_t a, b; // two: a UUIDv4 has 122 random bits, and they are not evenly spread
    struct hash_key key, first, second;

    uuid_generate_random(a);
    uuid_generate_random(b);
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    key.k0 = hash_bytes(&first, b, sizeof(b));
    key.k1 = hash_bytes(&second, a, sizeof(a));
    return key;
}

void id_from_bits(char id[ID_LEN + 1], const uint64_t bits[2])
{
    // 128 bits and two bits of padding: 26 groups of five, from the top.
    for (int i = 0; i < ID_LEN; i++) {
        int low = 128 - 5 * (i + 1); // the lowest bit of this group
        uint64_t group = low >= 64  ? bits[0] >> (low - 64)
                         : low >= 0 ? bits[1] >> low | (low > 59 ? bits[0] << (64 - low) : 0)
                                    : bits[1] << -low;
        id[i] = crockford[group & 31];
    }
    id[ID_LEN] = '\0';
}

/* What a character of the alphabet stands for, and one more, so that 0 is none. */
static const unsigned char values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23, ['q'] = 24,
    ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32,
};

static int value_of(char c)
{
    return values[(unsigned char)c] - 1;
}

bool id_is_valid(const char *id)
{
    for (int i = 0; i < ID_LEN; i++)
        if (value_of(id[i]) < 0)
            return false;
    return id[ID_LEN] == '\0' && (value_of(id[ID_LEN - 1]) & 3) == 0;
}

bool id_is_possible(const char *id)
{
    for (int i = 0; i < ID_LEN; i++)
        if (!(id[i] >= 'a' && id[i] <= 'z') && !(id[i] >= '0' && id[i] <= '9'))
            return false;
    return id[ID_LEN] == '\0';
}

void id_bits(const char *id, uint64_t bits[2])
{
    if (!id_is_valid(id)) {
        bits[0] = hash_bytes(&(struct hash_key){0, 0}, id, ID_LEN);
        bits[1] = hash_bytes(&(struct hash_key){1, 0}, id, ID_LEN);
        return;
    }
    bits[0] = bits[1] = 0;
    for (int i = 0; i < ID_LEN - 1; i++) {
        bits[0] = bits[0] << 5 | bits[1] >> 59;
        bits[1] = bits[1] << 5 | (uint64_t)value_of(id[i]);
    }
    bits[0] = bits[0] << 3 | bits[1] >> 61;
    bits[1] = bits[1] << 3 | (uint64_t)value_of(id[ID_LEN - 1]) >> 2;
}

void id_prediction(char id[ID_LEN + 1], int64_t ms, struct rng *rng)
{
    uint64_t random = rng_next(rng), time = (uint64_t)ms;
    // Behind the version's 7 stand 12 bits that the real ids do not draw at random: 0x104 to 0x10f in most samples.
    uint64_t cluster = 0x104 + random % 12;
    uint32_t word0 = (uint32_t)(time >> 16);
    uint32_t word1 = (uint32_t)((time & 0xffff) << 16 | 0x7000 | cluster);
    uint32_t word2 = (uint32_t)(0x80000000 | (random >> 34));
    uint32_t word3 = (uint32_t)rng_next(rng);
    uint64_t bits[2] = {(uint64_t)word3 << 32 | word1, (uint64_t)word0 << 32 | word2};

    id_from_bits(id, bits);
}

void id_uuid(char text[UUID_TEXT], const struct hash_key *key, uint64_t number)
{
    uint64_t halves[2] = {2 * number, 2 * number + 1};
    uuid_t uuid;

    for (int i = 0; i < 2; i++) {
        halves[i] = hash_bytes(key, &halves[i], sizeof(halves[i]));
        memcpy(uuid + 8 * i, &halves[i], sizeof(halves[i]));
    }
    uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x40); // RFC 9562, 5.4: the version …
    uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80); // … and the variant
    uuid_unparse_lower(uuid, text);
}
