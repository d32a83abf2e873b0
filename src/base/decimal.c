#include "base/decimal.h"
#include "base/chars.h"

enum { DIVISOR_DIGITS = 9 };

/* RFC 8259, 6: exp = e [ minus / plus ] 1*DIGIT. One that adding to a length cannot make overflow: who writes
 * more means no other answer. */
static int64_t read_exponent(const char *text)
{
    const int64_t bound = INT64_C(100000000000000000);
    bool negative = *text == '-';
    int64_t exponent = 0;

    for (const char *at = text + (negative || *text == '+'); *at && exponent < bound; at++)
        exponent = exponent * 10 + (*at - '0');
    if (exponent > bound)
        exponent = bound;
    return negative ? -exponent : exponent;
}

struct decimal decimal_read(const char *text)
{
    struct decimal number = {.digits = text, .negative = *text == '-'};
    size_t zeros = 0; // since the last digit that counts
    int64_t places = 0;
    bool behind_point = false;
    const char *at = text + number.negative;

    for (; *at && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        places += behind_point;
        if (*at == '0') {
            zeros++;
            continue;
        }
        if (number.count == 0)
            number.digits = at;
        else
            number.count += zeros;
        number.count++;
        zeros = 0;
    }
    if (number.count == 0)
        return (struct decimal){.digits = text};
    number.exponent = (*at ? read_exponent(at + 1) : 0) - places + (int64_t)zeros;
    return number;
}

static int sign(const struct decimal *number)
{
    if (number->count == 0)
        return 0;
    return number->negative ? -1 : 1;
}

static const char *next_digit(const char *at)
{
    return char_is_digit(*at) ? at : at + 1; // nothing but the point stands among them
}

static int compare_digits(const struct decimal *a, const struct decimal *b)
{
    size_t common = a->count < b->count ? a->count : b->count;
    const char *in_a = a->digits, *in_b = b->digits;

    for (size_t i = 0; i < common; i++, in_a++, in_b++) {
        in_a = next_digit(in_a);
        in_b = next_digit(in_b);
        if (*in_a != *in_b)
            return *in_a < *in_b ? -1 : 1;
    }
    // What is left over does not end in 0, so it is more than nothing.
    return (a->count > common) - (b->count > common);
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (sign(a) != sign(b))
        return sign(a) < sign(b) ? -1 : 1;
    int64_t a_places = a->exponent + (int64_t)a->count, b_places = b->exponent + (int64_t)b->count;
    if (a_places != b_places)
        return a_places < b_places ? -sign(a) : sign(a);
    return sign(a) * compare_digits(a, b);
}

bool decimal_is_integer(const struct decimal *number)
{
    return number->exponent >= 0;
}

bool decimal_is_divisor(const struct decimal *number)
{
    return sign(number) > 0 && number->count <= DIVISOR_DIGITS;
}

static int64_t divisor_digits(const struct decimal *divisor)
{
    const char *at = divisor->digits;
    int64_t digits = 0;

    for (size_t i = 0; i < divisor->count; i++, at++) {
        at = next_digit(at);
        digits = digits * 10 + (*at - '0');
    }
    return digits;
}

/* What dividing the number's digits leaves. Divides only when the next digit may not fit any more. */
static int64_t rest_of_digits(const struct decimal *number, int64_t divisor)
{
    const char *at = number->digits;
    int64_t rest = 0;

    for (size_t i = 0; i < number->count; i++, at++) {
        at = next_digit(at);
        if (rest > INT64_MAX / 10 - 1)
            rest %= divisor;
        rest = rest * 10 + (*at - '0');
    }
    return rest % divisor;
}

/* D * 10^e divided by M * 10^f. With e < f, M * 10^(f-e) would have to go into D, and with it 10: but D does
 * not end in 0. Otherwise M has to go into D * 10^(e-f). M, less than 2^30, has fewer than 30 factors 2 or 5,
 * which are all that a power of ten can divide away: the zeros beyond 30 change nothing. */
bool decimal_is_multiple(const struct decimal *number, const struct decimal *divisor)
{
    enum { ZEROS_THAT_MATTER = 30 };

    if (number->count == 0)
        return true;
    int64_t digits = divisor_digits(divisor);
    if (digits == 0 || number->exponent < divisor->exponent)
        return false;
    int64_t rest = rest_of_digits(number, digits);
    int64_t zeros = number->exponent - divisor->exponent;
    for (int i = 0; i < ZEROS_THAT_MATTER && i < zeros && rest != 0; i++)
        rest = rest * 10 % digits;
    return rest == 0;
}
