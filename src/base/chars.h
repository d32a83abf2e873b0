/* Kinds of characters: ASCII alone and without a call, as request heads want it (isalnum asks the locale for each). */
#ifndef BASE_CHARS_H
#define BASE_CHARS_H

#include <stdbool.h>

static inline bool char_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline bool char_is_alnum(char c)
{
    return char_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

#endif
