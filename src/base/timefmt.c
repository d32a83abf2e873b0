#include "base/timefmt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DAY_S = 86400 };

struct date {
    int year, month, day;
};

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days since 1970-01-01 to a date and back: Howard Hinnant's algorithms for the proleptic Gregorian calendar,
 * with years that begin in March so that the leap day comes last. */
static struct date date_of_days(int64_t days)
{
    days += 719468;
    int64_t era = days / 146097;
    int day_of_era = (int)(days - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    int month = march_month < 10 ? march_month + 3 : march_month - 9;

    return (struct date){.year = (int)era * 400 + year_of_era + (month <= 2),
                         .month = month,
                         .day = day_of_year - (153 * march_month + 2) / 5 + 1};
}

static int64_t days_of_date(struct date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = year / 400;
    int year_of_era = (int)(year - era * 400);
    int march_month = date.month > 2 ? date.month - 3 : date.month + 9;
    int day_of_year = (153 * march_month + 2) / 5 + date.day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static char *put_digits(char *at, int64_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

/* ".25" of 250000000; nothing of 0 unless every digit is wanted. */
static char *put_fraction(char *at, int64_t fraction, int digits, bool all)
{
    for (int i = digits; i < 9; i++)
        fraction /= 10;
    if (fraction == 0 && !all)
        return at;
    *at++ = '.';
    at = put_digits(at, fraction, digits);
    while (!all && at[-1] == '0')
        at--;
    return at;
}

int time_format(char text[TIME_TEXT], int64_t ns, enum time_style style)
{
    int64_t seconds = ns / NS_PER_S;
    struct date date = date_of_days(seconds / DAY_S);
    int of_day = (int)(seconds % DAY_S);
    char *at = put_digits(text, date.year, 4);

    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    at = put_digits(at, date.day, 2);
    *at++ = 'T';
    at = put_digits(at, of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, of_day % 60, 2);
    at = put_fraction(at, ns % NS_PER_S,
                      style == TIME_MILLIS  ? 3
                      : style == TIME_NANOS ? 9
                                            : 6,
                      style == TIME_MICROS_ALL);
    *at++ = 'Z';
    *at = '\0';
    return (int)(at - text);
}

int time_format_http(char text[TIME_TEXT], int64_t ns)
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    int64_t seconds = ns / NS_PER_S;
    struct date date = date_of_days(seconds / DAY_S);
    int of_day = (int)(seconds % DAY_S);

    return snprintf(text, TIME_TEXT, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + seconds / DAY_S % 7 * 3,
                    date.day, months + (date.month - 1) * 3, date.year, of_day / 3600, of_day / 60 % 60, of_day % 60);
}

int seconds_format(char text[TIME_TEXT], int64_t ns, int digits)
{
    int len = snprintf(text, TIME_TEXT, "%lld", (long long)(ns / NS_PER_S));
    char *at = put_fraction(text + len, ns % NS_PER_S, digits, false);

    *at = '\0';
    return (int)(at - text);
}

/* Exactly `digits` decimal digits, at most `max`. Moves *at behind them; -1 if they are not there. */
static int read_digits(const char **at, int digits, int max)
{
    int number = 0;

    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return -1;
        number = number * 10 + (**at - '0');
    }
    return number <= max ? number : -1;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool is_on_calendar(struct date date)
{
    return date_of_days(days_of_date(date)).day == date.day; // 31 April would come back as 1 May
}

static bool read_date(const char **at, struct date *date)
{
    date->year = read_digits(at, 4, 9999);
    if (date->year < 1970 || !skip(at, '-'))
        return false;
    date->month = read_digits(at, 2, 12);
    if (date->month < 1 || !skip(at, '-'))
        return false;
    date->day = read_digits(at, 2, 31);
    return date->day >= 1 && is_on_calendar(*date);
}

static bool read_time(const char **at, int64_t *ns)
{
    int hour = read_digits(at, 2, 23);
    if (hour < 0 || !skip(at, ':'))
        return false;
    int minute = read_digits(at, 2, 59);
    if (minute < 0 || !skip(at, ':'))
        return false;
    int second = read_digits(at, 2, 59);
    if (second < 0)
        return false;
    *ns = (hour * 3600 + minute * 60 + second) * NS_PER_S;
    if (!skip(at, '.'))
        return true;
    if (!isdigit((unsigned char)**at))
        return false;
    for (int64_t unit = NS_PER_S / 10; isdigit((unsigned char)**at); unit /= 10, (*at)++)
        *ns += (**at - '0') * unit; // beyond the ninth digit unit is 0
    return true;
}

static bool read_offset(const char **at, int64_t *ns)
{
    int sign = **at == '-' ? -1 : 1;

    *ns = 0;
    if (skip(at, 'Z') || skip(at, 'z') || **at == '\0')
        return true;
    if (!skip(at, '+') && !skip(at, '-') && !skip(at, ' ')) // `+` in a query may have become a blank
        return false;
    int hour = read_digits(at, 2, 23);
    skip(at, ':');
    int minute = read_digits(at, 2, 59);
    *ns = sign * (hour * 3600 + minute * 60) * NS_PER_S;
    return hour >= 0 && minute >= 0;
}

bool time_parse(const char *text, int64_t *ns)
{
    struct date date;
    int64_t of_day = 0, offset = 0;

    if (!read_date(&text, &date))
        return false;
    if (*text != '\0') {
        if (!skip(&text, 'T') && !skip(&text, 't') && !skip(&text, ' '))
            return false;
        if (!read_time(&text, &of_day) || !read_offset(&text, &offset))
            return false;
    }
    if (*text != '\0' || date.year > 2200)
        return false;
    *ns = days_of_date(date) * DAY_S * NS_PER_S + of_day - offset;
    return *ns > 0 && *ns <= TIME_MAX_NS;
}

static bool read_month(const char **at, struct date *date)
{
    for (date->month = 1; date->month <= 12; date->month++) {
        if (strncmp(*at, months + (date->month - 1) * 3, 3) != 0)
            continue;
        *at += 3;
        return true;
    }
    return false;
}

static bool read_year(const char **at, struct date *date)
{
    date->year = read_digits(at, 4, 9999);
    return date->year >= 0;
}

/* " 22 Nov 2026 15:48:22 GMT" or " 22-Nov-26 15:48:22 GMT", behind the day's name and a comma. */
static bool read_day_first(const char **at, struct date *date, int64_t *of_day)
{
    if (!skip(at, ' '))
        return false;
    date->day = read_digits(at, 2, 31);
    bool is_short = skip(at, '-');
    if ((!is_short && !skip(at, ' ')) || !read_month(at, date) || !skip(at, is_short ? '-' : ' '))
        return false;
    if (is_short) {
        date->year = read_digits(at, 2, 99);
        date->year += date->year < 70 ? 2000 : 1900;
    } else if (!read_year(at, date)) {
        return false;
    }
    if (!skip(at, ' ') || !read_time(at, of_day) || strcmp(*at, " GMT") != 0)
        return false;
    *at += strlen(*at);
    return true;
}

/* " Nov 22 15:48:22 2026", as C's asctime writes it: a day of one digit stands behind two blanks. */
static bool read_month_first(const char **at, struct date *date, int64_t *of_day)
{
    if (!skip(at, ' ') || !read_month(at, date) || !skip(at, ' '))
        return false;
    date->day = skip(at, ' ') ? read_digits(at, 1, 9) : read_digits(at, 2, 31);
    return skip(at, ' ') && read_time(at, of_day) && skip(at, ' ') && read_year(at, date);
}

bool time_parse_http(const char *text, int64_t *ns)
{
    struct date date = {0};
    int64_t of_day = 0;

    while (isalpha((unsigned char)*text)) // the day's name: the date says it again
        text++;
    bool fine = skip(&text, ',') ? read_day_first(&text, &date, &of_day) : read_month_first(&text, &date, &of_day);
    if (!fine || *text != '\0' || date.day < 1 || !is_on_calendar(date))
        return false;
    int64_t day = days_of_date(date), last = TIME_MAX_NS / NS_PER_S / DAY_S;
    *ns = day < 0 ? 0 : day >= last ? TIME_MAX_NS : day * DAY_S * NS_PER_S + of_day;
    return true;
}

struct unit {
    const char *name;
    double factor;
};

/* A decimal number and a unit from the table; `none` is what a number alone means (0: only "0" may stand alone). */
static bool parse_with_unit(const char *text, const struct unit *units, double none, double max, int64_t *value)
{
    size_t digits = strspn(text, "0123456789.");
    char *end;

    if (digits == 0 || digits > 20)
        return false;
    double number = strtod(text, &end);
    if (end != text + digits)
        return false;
    if (*end == '\0' && (none > 0 || number == 0))
        number *= none;
    else {
        while (units->name && strcasecmp(end, units->name) != 0)
            units++;
        if (!units->name)
            return false;
        number *= units->factor;
    }
    if (number > max)
        return false;
    *value = (int64_t)(number + 0.5);
    return true;
}

bool duration_parse(const char *text, int64_t *ns)
{
    static const struct unit units[] = {{"ns", 1},   {"us", 1e3},   {"ms", 1e6}, {"s", 1e9},
                                        {"m", 60e9}, {"h", 3600e9}, {0}};

    return parse_with_unit(text, units, 0, 100 * 365.25 * 86400e9, ns);
}

bool size_parse(const char *text, int64_t *bytes)
{
    static const struct unit units[] = {{"B", 1},    {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0},
                                        {"KB", 1e3}, {"MB", 1e6},     {"GB", 1e9},        {0}};

    return parse_with_unit(text, units, 1, 9e18, bytes);
}
