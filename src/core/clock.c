#include "core/clock.h"

struct clock clock_start(const struct timebase *base, bool manual, double speed, int64_t now)
{
    return (struct clock){.base = base, .manual = manual, .speed = speed, .origin = now, .since = base->mono};
}

int64_t clock_now(const struct clock *clock)
{
    int64_t passed = clock->base->mono - clock->since;

    if (clock->manual)
        return clock->origin;
    if (clock->speed != 1) {
        double scaled = (double)passed * clock->speed;
        passed = scaled < (double)TIME_MAX_NS ? (int64_t)scaled : TIME_MAX_NS;
    }
    return time_after(clock->origin, passed);
}

int64_t clock_mono_at(const struct clock *clock, int64_t sim)
{
    int64_t ahead = sim - clock->origin;

    if (ahead <= 0)
        return clock->since;
    if (clock->manual)
        return CLOCK_NEVER;
    if (clock->speed != 1) {
        // Rounded up, and one more: clock_now cuts, and must not show a moment before `sim` when we wake.
        double real = (double)ahead / clock->speed + 2;
        if (real >= (double)(CLOCK_NEVER / 2))
            return CLOCK_NEVER;
        ahead = (int64_t)real;
    }
    return ahead < CLOCK_NEVER - clock->since ? clock->since + ahead : CLOCK_NEVER;
}

void clock_set(struct clock *clock, bool manual, double speed)
{
    clock->origin = clock_now(clock);
    clock->since = clock->base->mono;
    clock->manual = manual;
    clock->speed = speed;
}

void clock_jump(struct clock *clock, int64_t sim)
{
    int64_t now = clock_now(clock);

    clock->origin = sim > now ? sim : now;
    clock->since = clock->base->mono;
}
