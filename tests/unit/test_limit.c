/* Token buckets: what passes, and what is told, to the nanosecond. */
#include "lib/suite.h"

#include "core/limit.h"

static struct limit_tier tier_of(const char *text)
{
    struct limit_tier tier;

    ck_assert_msg(limit_parse(text, &tier), "%s", text);
    return tier;
}

static void expect(struct limit_state state, bool passes, int64_t remaining, int64_t reset, int64_t retry)
{
    ck_assert_int_eq(state.passes, passes);
    ck_assert_int_eq(state.remaining, remaining);
    ck_assert_int_eq(state.reset, reset);
    ck_assert_int_eq(state.retry, retry);
}

START_TEST(test_tiers)
{
    static const char *const wrong[] = {"",   "on",  "0",       "0/min",   "30/s", "30/",
                                        "-1", "1.5", "30 /min", "1000001", "Off"};
    struct limit_tier tier;

    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!limit_parse(wrong[i], &tier), "%s", wrong[i]);
    ck_assert(tier_of("off").off && !tier_of("default").off);
    ck_assert(tier_of("low-credit").low_credit && !tier_of("6").low_credit);
    ck_assert_int_eq(tier_of("default").rates[LIMIT_CREATES].per_minute, 600);
    ck_assert_int_eq(tier_of("low-credit").rates[LIMIT_CREATES].burst, 1);
    ck_assert_int_eq(tier_of("low-credit").rates[LIMIT_OTHERS].per_minute, 3000);
    for (const char *const *text = (const char *const[]){"30", "30/min", "30/MIN", NULL}; *text; text++) {
        ck_assert_int_eq(tier_of(*text).rates[LIMIT_CREATES].per_minute, 30);
        ck_assert_int_eq(tier_of(*text).rates[LIMIT_CREATES].burst, 30);
        ck_assert_int_eq(tier_of(*text).rates[LIMIT_OTHERS].burst, 3000);
    }
}
END_TEST

START_TEST(test_the_first_of_a_burst_is_as_recorded)
{
    struct limit_tier tier = tier_of("default");
    struct bucket bucket = {0};

    expect(limit_take(&tier.rates[LIMIT_CREATES], &bucket, 5 * NS_PER_S), true, 599, 1, 0);
    bucket = (struct bucket){0};
    expect(limit_take(&tier.rates[LIMIT_OTHERS], &bucket, 5 * NS_PER_S), true, 2999, 1, 0);
}
END_TEST

START_TEST(test_a_burst_and_its_end)
{
    struct limit_tier tier = tier_of("default");
    const struct limit_rate *rate = &tier.rates[LIMIT_CREATES];
    struct bucket bucket = {0};
    int64_t now = 1000 * NS_PER_S;

    for (int i = 1; i <= 600; i++)
        expect(limit_take(rate, &bucket, now), true, 600 - i, (i + 9) / 10, 0);
    expect(limit_take(rate, &bucket, now), false, 0, 60, 1);
    expect(limit_take(rate, &bucket, now + 100 * NS_PER_MS - 1), false, 0, 60, 1);
    expect(limit_take(rate, &bucket, now + 100 * NS_PER_MS), true, 0, 60, 0); // ten a second
    expect(limit_take(rate, &bucket, now + 100 * NS_PER_MS), false, 0, 60, 1);
    expect(limit_look(rate, &bucket, now + 60100 * NS_PER_MS), true, 600, 0, 0);
}
END_TEST

START_TEST(test_low_credit)
{
    struct limit_tier tier = tier_of("low-credit");
    const struct limit_rate *rate = &tier.rates[LIMIT_CREATES];
    struct bucket bucket = {0};
    int64_t now = 1000 * NS_PER_S;

    expect(limit_take(rate, &bucket, now), true, 0, 10, 0);
    expect(limit_take(rate, &bucket, now), false, 0, 10, 10);
    expect(limit_take(rate, &bucket, now + 5 * NS_PER_S), false, 0, 5, 5); // "resets in ~5s"
    expect(limit_take(rate, &bucket, now + 10 * NS_PER_S - 1), false, 0, 1, 1);
    expect(limit_take(rate, &bucket, now + 10 * NS_PER_S), true, 0, 10, 0);
}
END_TEST

START_TEST(test_looking_takes_nothing)
{
    struct limit_tier tier = tier_of("2/min");
    struct bucket bucket = {0};

    for (int i = 0; i < 5; i++)
        expect(limit_look(&tier.rates[LIMIT_CREATES], &bucket, NS_PER_S), true, 2, 0, 0);
    expect(limit_take(&tier.rates[LIMIT_CREATES], &bucket, NS_PER_S), true, 1, 30, 0);
    expect(limit_take(&tier.rates[LIMIT_CREATES], &bucket, NS_PER_S), true, 0, 60, 0);
    expect(limit_take(&tier.rates[LIMIT_CREATES], &bucket, NS_PER_S), false, 0, 60, 30);
}
END_TEST

SUITE("limit", test_tiers, test_the_first_of_a_burst_is_as_recorded, test_a_burst_and_its_end, test_low_credit,
      test_looking_takes_nothing);
