#include "http/intake.h"

enum { AT_ONCE = 32 }; // bodies of the largest size, in memory together; the smaller, the more
static const size_t least_for_large = 512 * 1024 * 1024; // whatever the bound of the others

static bool is_large(const struct intake *intake, size_t body_limit)
{
    return body_limit > intake->body_limit;
}

bool intake_add(struct intake *intake, size_t body_limit, size_t len)
{
    bool large = is_large(intake, body_limit);
    size_t *count = large ? &intake->large : &intake->ordinary, most = intake->body_limit * AT_ONCE;

    if (*count + len > (large && most < least_for_large ? least_for_large : most))
        return false;
    *count += len;
    return true;
}

void intake_remove(struct intake *intake, size_t body_limit, size_t len)
{
    *(is_large(intake, body_limit) ? &intake->large : &intake->ordinary) -= len;
}
