#include "maps/borders.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void borders_begin(struct borders *borders, int regions)
{
    uint32_t size = 16;

    while (size < 6 * (uint32_t)regions)
        size *= 2;
    borders->list = xmalloc(3 * (size_t)regions * sizeof(*borders->list));
    borders->slots = xmalloc(size * sizeof(*borders->slots));
    memset(borders->slots, -1, size * sizeof(*borders->slots));
    borders->count = 0;
    borders->mask = size - 1;
}

static uint32_t slot_of(const struct borders *borders, int a, int b)
{
    uint64_t mixed = ((uint64_t)(uint32_t)a << 32 | (uint32_t)b) * 0x9e3779b97f4a7c15;

    return (uint32_t)(mixed >> 32) & borders->mask;
}

void borders_add(struct borders *borders, const struct border *piece)
{
    int less = piece->a < piece->b ? piece->a : piece->b, more = piece->a < piece->b ? piece->b : piece->a;
    uint32_t slot = slot_of(borders, less, more);

    for (; borders->slots[slot] >= 0; slot = (slot + 1) & borders->mask) {
        struct border *border = &borders->list[borders->slots[slot]];
        if (border->a != less || border->b != more)
            continue;
        border->length += piece->length;
        border->faint += piece->faint;
        border->contrast += piece->contrast;
        return;
    }
    borders->slots[slot] = borders->count;
    borders->list[borders->count] = *piece;
    borders->list[borders->count].a = less;
    borders->list[borders->count++].b = more;
}

void borders_end(struct borders *borders)
{
    free(borders->slots);
    borders->slots = NULL;
}
