/* Decimal numbers of any length, by their text: JSON's numbers compared and divided without losing a digit. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The digits, a point among them left out, times ten to the exponent. Neither the first nor the last digit is 0. */
struct decimal {
    const char *digits; /* into the text; what is no digit counts for nothing */
    size_t count;       /* of the digits; 0: the number is zero */
    int64_t exponent;   /* beyond some 10^17 it stands still: no text is long enough to tell */
    bool negative;
};

/* `text` is a JSON number (RFC 8259, 6) and stays the caller's. */
struct decimal decimal_read(const char *text);

/* Less than, equal to, or more than 0 as a is to b. -0 equals 0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* 20, 20.0 and 2e1, but not 20.5 or 2e-1: "any number with a zero fractional part" (JSON Schema, 6.1.1). */
bool decimal_is_integer(const struct decimal *number);

/* Is it what decimal_is_multiple can divide by: more than 0, with at most 9 digits that count? */
bool decimal_is_divisor(const struct decimal *number);

/* Does `divisor`, which decimal_is_divisor, go into `number` without a rest? */
bool decimal_is_multiple(const struct decimal *number, const struct decimal *divisor);

#endif
