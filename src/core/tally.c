#include "core/tally.h"

#include <stdlib.h>
#include <string.h>

/* By the literal's address: one operation may have several, which tally_requests puts together. */
static struct tally_row *slot_of(struct tally *tally, const char *operation, int status)
{
    uint64_t key = ((uint64_t)(uintptr_t)operation + (uint64_t)status) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = key >> 54;

    _Static_assert(TALLY_SLOTS == 1 << 10, "the ten highest bits");
    while (tally->rows[at].operation && (tally->rows[at].operation != operation || tally->rows[at].status != status))
        at = (at + 1) % TALLY_SLOTS;
    return &tally->rows[at];
}

void tally_request(struct tally *tally, const char *operation, int status)
{
    static const char unknown[] = "unknown";
    const char *name = operation ? operation : unknown;
    struct tally_row *row = slot_of(tally, name, status);

    if (!row->operation) {
        if (tally->row_count == TALLY_ROWS_MAX) {
            tally->other_requests++;
            return;
        }
        tally->row_count++;
        row->operation = name;
        row->status = status;
    }
    row->count++;
}

static int by_operation(const void *a, const void *b)
{
    const struct tally_row *left = a, *right = b;
    int order = strcmp(left->operation, right->operation);

    return order ? order : left->status - right->status;
}

size_t tally_requests(const struct tally *tally, struct tally_row *rows)
{
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < TALLY_SLOTS; i++)
        if (tally->rows[i].operation)
            rows[count++] = tally->rows[i];
    qsort(rows, count, sizeof(*rows), by_operation);
    for (size_t i = 0; i < count; i++)
        if (kept > 0 && by_operation(&rows[kept - 1], &rows[i]) == 0)
            rows[kept - 1].count += rows[i].count;
        else
            rows[kept++] = rows[i];
    return kept;
}
