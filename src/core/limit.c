#include "core/limit.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CREATES = 600,
    DEFAULT_OTHERS = 3000,
    LOW_CREDIT_CREATES = 6, // "reduced to 6 requests per minute with a burst of 1 requests"
    MOST_PER_MINUTE = 1000000,
};

static bool parse_number(const char *text, int64_t *number)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 7 || (text[digits] && strcmp(text + digits, "/min") && strcmp(text + digits, "/MIN")))
        return false;
    *number = strtoll(text, NULL, 10);
    return *number >= 1 && *number <= MOST_PER_MINUTE;
}

bool limit_parse(const char *text, struct limit_tier *tier)
{
    int64_t creates = DEFAULT_CREATES;

    *tier = (struct limit_tier){.off = strcmp(text, "off") == 0, .low_credit = strcmp(text, "low-credit") == 0};
    if (!tier->off && !tier->low_credit && strcmp(text, "default") != 0 && !parse_number(text, &creates))
        return false;
    if (tier->low_credit)
        creates = LOW_CREDIT_CREATES;
    tier->rates[LIMIT_CREATES] = (struct limit_rate){creates, tier->low_credit ? 1 : creates};
    tier->rates[LIMIT_OTHERS] = (struct limit_rate){DEFAULT_OTHERS, DEFAULT_OTHERS};
    return true;
}

static int64_t divide_up(int64_t amount, int64_t by)
{
    return (amount + by - 1) / by;
}

static int64_t token_ns(const struct limit_rate *rate)
{
    return 60 * NS_PER_S / rate->per_minute;
}

struct limit_state limit_look(const struct limit_rate *rate, const struct bucket *bucket, int64_t now)
{
    int64_t missing = bucket->full_at > now ? bucket->full_at - now : 0; // as the time that it takes to refill
    int64_t room = (rate->burst - 1) * token_ns(rate);

    return (struct limit_state){.passes = missing <= room,
                                .remaining = rate->burst - divide_up(missing, token_ns(rate)),
                                .reset = divide_up(missing, NS_PER_S),
                                .retry = missing > room ? divide_up(missing - room, NS_PER_S) : 0};
}

struct limit_state limit_take(const struct limit_rate *rate, struct bucket *bucket, int64_t now)
{
    struct limit_state before = limit_look(rate, bucket, now);

    if (!before.passes)
        return before;
    bucket->full_at = (bucket->full_at > now ? bucket->full_at : now) + token_ns(rate);
    struct limit_state after = limit_look(rate, bucket, now);
    after.passes = true;
    after.retry = 0;
    return after;
}
