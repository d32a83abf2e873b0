/* Times are int64_t nanoseconds since 1970 (UTC), durations int64_t nanoseconds. */
#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* The latest moment that any clock here may show: 2200-01-01T00:00:00Z. */
#define TIME_MAX_NS (INT64_C(7258118400) * NS_PER_S)

/* `ns` after `at`, and not beyond TIME_MAX_NS. Neither is negative. */
static inline int64_t time_after(int64_t at, int64_t ns)
{
    return at < TIME_MAX_NS && ns < TIME_MAX_NS - at ? at + ns : TIME_MAX_NS;
}

/* How many digits a fraction of a second has. Recorded bodies have all three: see docs/fidelity.md. */
enum time_style {
    TIME_MILLIS,     /* to the millisecond, trailing zeros cut as Go does: 2024-04-22T11:15:15.04Z, …:15Z */
    TIME_NANOS,      /* to the nanosecond, trailing zeros cut */
    TIME_MICROS_ALL, /* always six digits, as Django writes: 2024-04-22T11:15:15.329000Z */
};

enum { TIME_TEXT = 40 }; /* room for any of them and the NUL */

/* Writes RFC 3339 in UTC; cuts, does not round. Returns the length. */
int time_format(char text[TIME_TEXT], int64_t ns, enum time_style style);

/* "Sun, 22 Nov 2026 15:48:22 GMT": the form of Last-Modified (RFC 9110, 5.6.7). */
int time_format_http(char text[TIME_TEXT], int64_t ns);

/* Reads that form, and the two older ones that whoever reads dates must understand (RFC 9110, 5.6.7): "Sunday,
 * 22-Nov-26 15:48:22 GMT" and "Sun Nov 22 15:48:22 2026". What is before 1970 comes out as 0, what is after TIME_MAX_NS as
 * that. False: it is none of these. */
bool time_parse_http(const char *text, int64_t *ns);

/* Reads RFC 3339 (any offset; a space or lower case `t` for `T`; no offset means UTC) or a bare date.
 * False: it is none, or not after 1970-01-01T00:00:00Z (0 means "not yet" all over the house), or after TIME_MAX_NS. */
bool time_parse(const char *text, int64_t *ns);

/* Seconds as a JSON number without superfluous zeros: 1500000000 -> "1.5". `digits` behind the point, at most 9;
 * the rest is cut. Returns the length. */
int seconds_format(char text[TIME_TEXT], int64_t ns, int digits);

/* "250ms", "1.5s", "2m", "1h", "0". False: anything else, or longer than 100 years. */
bool duration_parse(const char *text, int64_t *ns);

/* "64KiB", "16MiB", "1GiB", "1024". False: anything else, or more than INT64_MAX. */
bool size_parse(const char *text, int64_t *bytes);

#endif
