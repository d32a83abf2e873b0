#include "base/decimal.h"
#include "base/pattern.h"
#include "base/uri.h"
#include "core/format.h"
#include "lib/suite.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void forget(void)
{
    arena_free(&arena);
}

/* `head`, `count` times `piece`, `tail`: free() it. */
static char *repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    size_t len = strlen(piece);
    char *text = xmalloc(strlen(head) + count * len + strlen(tail) + 1);
    char *at = stpcpy(text, head);

    for (size_t i = 0; i < count; i++, at += len)
        memcpy(at, piece, len);
    stpcpy(at, tail);
    return text;
}

/* --- decimal -------------------------------------------------------------------------------------------- */

START_TEST(test_decimals_are_normal)
{
    static const struct {
        const char *text;
        const char *digits; // where they begin
        size_t count;
        int64_t exponent;
        bool negative;
    } cases[] = {
        {"0", "0", 0, 0, false},
        {"-0.000e7", "-0.000e7", 0, 0, false},
        {"7", "7", 1, 0, false},
        {"-120", "120", 2, 1, true},
        {"120.50", "120.50", 4, -1, false},
        {"0.0050", "50", 1, -3, false},
        {"1.200e3", "1.200e3", 2, 2, false},
        {"100000E-5", "100000E-5", 1, 0, false},
        {"1e+007", "1e+007", 1, 7, false},
        {"1e99999999999999999999", "1e99999999999999999999", 1, INT64_C(100000000000000000), false},
        {"1e-99999999999999999999", "1e-99999999999999999999", 1, INT64_C(-100000000000000000), false},
        {"1e0000000000000000000000003", "1e0000000000000000000000003", 1, 3, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal number = decimal_read(cases[i].text);
        ck_assert_str_eq(number.digits, cases[i].digits);
        ck_assert_msg(number.count == cases[i].count, "%s: %zu", cases[i].text, number.count);
        ck_assert_msg(number.exponent == cases[i].exponent, "%s: %jd", cases[i].text, (intmax_t)number.exponent);
        ck_assert_msg(number.negative == cases[i].negative, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(test_decimals_compare)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"0", "-0.0e5", 0},
        {"1", "1.0", 0},
        {"-20", "-2e1", 0},
        {"0.05", "5E-2", 0},
        {"12345678901234567890", "1234567890123456789e1", 0},
        {"1", "2", -1},
        {"-1", "-2", 1},
        {"-1", "1", -1},
        {"0", "0.1", -1},
        {"0", "-0.1", 1},
        {"9", "10", -1},
        {"-9", "-10", 1},
        {"99", "1e2", -1},
        {"1.5", "1.49", 1},
        {"1.5", "1.51", -1},
        {"-1.5", "-1.51", 1},
        {"9007199254740993", "9007199254740992", 1}, // one double
        {"0.1000000000000000000001", "0.1", 1},
        {"1e400", "1e401", -1}, // no double at all
        {"1e-400", "0", 1},
        {"2e99999999999999999999", "1e99999999999999999999", 1},
        {"1e99999999999999999999", "1e1000000000000000", 1},
        {"1e-99999999999999999999", "1", -1},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal a = decimal_read(cases[i].a), b = decimal_read(cases[i].b);
        int there = decimal_compare(&a, &b), back = decimal_compare(&b, &a);
        ck_assert_msg((there > 0) - (there < 0) == cases[i].order, "%s, %s", cases[i].a, cases[i].b);
        ck_assert_msg((back > 0) - (back < 0) == -cases[i].order, "%s, %s", cases[i].b, cases[i].a);
    }
}
END_TEST

START_TEST(test_decimals_that_are_integers)
{
    static const struct {
        const char *text;
        bool integer;
    } cases[] = {
        {"20", true},
        {"20.0", true},
        {"2e1", true},
        {"20.5", false},
        {"2e-1", false},
        {"0", true},
        {"-0.0e-9", true},
        {"-7", true},
        {"7.0e-1", false},
        {"100e-2", true},
        {"100e-3", false},
        {"1.25e2", true},
        {"1.25e1", false},
        {"1e999999999999999999999", true},
        {"1e-999999999999999999999", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal number = decimal_read(cases[i].text);
        ck_assert_msg(decimal_is_integer(&number) == cases[i].integer, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(test_divisors)
{
    static const struct {
        const char *text;
        bool divisor;
    } cases[] = {
        {"1", true},          {"0.01", true},  {"123456789", true},   {"1.23456789e-40", true},
        {"1234567890", true}, {"1e300", true}, {"1234567891", false}, {"1.000000001", false},
        {"0", false},         {"-0.0", false}, {"-1", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal number = decimal_read(cases[i].text);
        ck_assert_msg(decimal_is_divisor(&number) == cases[i].divisor, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(test_multiples)
{
    static const struct {
        const char *number, *divisor;
        bool multiple;
    } cases[] = {
        {"64", "8", true},
        {"65", "8", false},
        {"-64", "8", true},
        {"0", "7", true},
        {"0", "10", true},
        {"0.3", "0.1", true}, // 2.9999999999999996 to doubles
        {"19.99", "0.01", true},
        {"19.995", "0.01", false},
        {"7", "14", false},
        {"1", "1e1", false},
        {"10", "1e1", true},
        {"1", "8", false},
        {"1e2", "8", false},
        {"1e3", "8", true},          // as many zeros as there are factors
        {"3e29", "536870912", true}, // 2^29
        {"3e28", "536870912", false},
        {"1e400", "3", false},
        {"3e400", "3", true},
        {"1e9999999999999999999", "1e-9999999999999999999", true},
        {"999999998000000001", "999999999", true}, // its square
        {"999999998000000002", "999999999", false},
        {"123456789012345678901234567890", "30", true},
        {"123456789012345678901234567891", "30", false},
        {"1234567890.1234567890", "0.000000003", true},
        {"1234567890.1234567891", "0.000000003", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal number = decimal_read(cases[i].number), divisor = decimal_read(cases[i].divisor);
        ck_assert(decimal_is_divisor(&divisor));
        ck_assert_msg(decimal_is_multiple(&number, &divisor) == cases[i].multiple, "%s, %s", cases[i].number,
                      cases[i].divisor);
    }
}
END_TEST

/* Every pair of small numbers, each in every notation, against integers. */
START_TEST(test_small_decimals_against_integers)
{
    static const char *const forms[] = {"e-1", "0e-2", ".000E-1", "000e-0004"};
    char a_text[32], b_text[32];

    for (int a = -60; a <= 60; a++) {
        for (int b = 1; b <= 60; b++) {
            for (size_t form = 0; form < COUNT(forms); form++) {
                snprintf(a_text, sizeof(a_text), "%d%s", a, forms[form]);
                snprintf(b_text, sizeof(b_text), "%d%s", b, forms[(form + (size_t)b) % COUNT(forms)]);
                struct decimal x = decimal_read(a_text), y = decimal_read(b_text);
                ck_assert_int_eq(decimal_compare(&x, &y), (a > b) - (a < b));
                ck_assert_int_eq(decimal_is_multiple(&x, &y), a % b == 0);
                ck_assert_int_eq(decimal_is_integer(&x), a % 10 == 0);
            }
        }
    }
}
END_TEST

START_TEST(test_long_decimals)
{
    char *sevens = repeat("", "7", 100000, ""), *more = repeat("", "7", 100000, ".00000000001");
    char *small = repeat("0.", "0", 100000, "7");
    struct decimal a = decimal_read(sevens), b = decimal_read(more), c = decimal_read(small);
    struct decimal seven = decimal_read("7"), nine = decimal_read("9"), tiny = decimal_read("7e-100001");

    ck_assert_uint_eq(a.count, 100000);
    ck_assert_int_lt(decimal_compare(&a, &b), 0);
    ck_assert(decimal_is_multiple(&a, &seven) && !decimal_is_multiple(&b, &seven));
    ck_assert(!decimal_is_multiple(&a, &nine)); // the sum of the digits, 700,000, is none
    ck_assert_int_eq(decimal_compare(&c, &tiny), 0);
    free(sevens);
    free(more);
    free(small);
}
END_TEST

/* --- pattern -------------------------------------------------------------------------------------------- */

enum { BUDGET = 4 * 1000 * 1000 };

static const struct pattern *compiled(const char *text)
{
    char reason[160] = "";
    const struct pattern *pattern = pattern_compile(&arena, text, reason);

    ck_assert_msg(pattern != NULL, "%s: %s", text, reason);
    return pattern;
}

/* In a block of exactly its size: reading beyond it shows under the sanitizers. */
static enum pattern_verdict search_with(const char *text, const char *subject, size_t *budget)
{
    size_t len = strlen(subject);
    char *exact = xmalloc(len);

    memcpy(exact, subject, len);
    enum pattern_verdict verdict = pattern_search(compiled(text), exact, len, budget);
    free(exact);
    return verdict;
}

static enum pattern_verdict search(const char *text, const char *subject)
{
    size_t budget = BUDGET;

    return search_with(text, subject, &budget);
}

START_TEST(test_patterns_find)
{
    static const struct {
        const char *pattern, *subject;
        enum pattern_verdict verdict;
    } cases[] = {
        {"", "", PATTERN_YES},
        {"", "abc", PATTERN_YES},
        {"b", "abc", PATTERN_YES}, // anywhere
        {"^b", "abc", PATTERN_NO},
        {"^abc$", "abc", PATTERN_YES},
        {"^abc$", "abc\n", PATTERN_NO}, // the very end
        {"(?m)^b$", "a\nb\nc", PATTERN_YES},
        {"^b$", "a\nb\nc", PATTERN_NO},
        {"a.c", "a\nc", PATTERN_NO},
        {"a.c", "a\rc", PATTERN_YES},
        {"(?s)a.c", "a\nc", PATTERN_YES},
        {"^.$", "\xe6\x97\xa5", PATTERN_YES}, // a character, not a byte
        {"^[\xc3\xa0-\xc3\xbf]+$", "\xc3\xa9\xc3\xa8", PATTERN_YES},
        {"^\\u00e9$", "\xc3\xa9", PATTERN_YES},
        {"^[\\u4e00-\\u9fff]+$", "\xe6\x97\xa5", PATTERN_YES},
        {"^\\d+$", "0123456789", PATTERN_YES},
        {"\\d", "\xd9\xa3", PATTERN_NO}, // ARABIC-INDIC DIGIT THREE
        {"\\w", "\xc3\xa9", PATTERN_NO},
        {"^\\W$", "\xc3\xa9", PATTERN_YES},
        {"\\s", "\xc2\xa0", PATTERN_NO}, // NO-BREAK SPACE
        {"^[\\s\\S]\\S\\s\\D$", "\na\tb", PATTERN_YES},
        {"^[\\d.]+$", "1.5", PATTERN_YES},
        {"^[^\\d.]+$", "1.5", PATTERN_NO},
        {"^\\d{2,3}$", "1234", PATTERN_NO},
        {"^\\d{2,3}$", "123", PATTERN_YES},
        {"^(?:cat|dog)s?$", "dogs", PATTERN_YES},
        {"^cat|dog$", "hotdog", PATTERN_YES},
        {"(?i)^abc$", "ABC", PATTERN_YES},
        {"^(?i:a)b$", "AB", PATTERN_NO},
        {"^a+?b*?$", "aab", PATTERN_YES},
        {"\\bfoo\\b", "a foo b", PATTERN_YES},
        {"\\bfoo\\b", "afoob", PATTERN_NO},
        {"a\\.b", "axb", PATTERN_NO},
        {"^\\p{L}+$", "\xc3\xa9\xe6\x97\xa5z", PATTERN_YES},
        {"^\\P{L}+$", "12", PATTERN_YES},
        {"^(?=.*\\d)(?!.*x).+$", "ab1", PATTERN_YES},
        {"^(?=.*\\d)(?!.*x).+$", "ab1x", PATTERN_NO},
        {"(?<=a)b", "ab", PATTERN_YES},
        {"(?<=a)b", "cb", PATTERN_NO},
        {"^(?P<year>\\d{4})-(?<month>\\d\\d)$", "2024-04", PATTERN_YES},
        {"(?x) a # b", "a", PATTERN_YES},
        {"\\Qa.b", "a.b", PATTERN_YES},
        {"^[[:alpha:]]+$", "abc", PATTERN_YES},
        {"^https://.*\\.(png|jpe?g)$", "https://a.b/c.jpg", PATTERN_YES},
        {"^#(?:[0-9a-fA-F]{3}){1,2}$", "#a0B1c2", PATTERN_YES},
        {"^#(?:[0-9a-fA-F]{3}){1,2}$", "#a0B1", PATTERN_NO},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(search(cases[i].pattern, cases[i].subject) == cases[i].verdict, "%s: '%s'", cases[i].pattern,
                      cases[i].subject);
}
END_TEST

START_TEST(test_patterns_that_are_none)
{
    static const struct {
        const char *pattern, *reason;
    } cases[] = {
        {"a(b", "missing closing parenthesis at offset 3"},
        {"a)|(b", "unmatched closing parenthesis at offset 1"},
        {"[a", "missing terminating ] for character class at offset 2"},
        {"*a", "quantifier does not follow a repeatable item at offset 0"},
        {"a\\", "\\ at end of pattern at offset 2"},
        {"\\C", "using \\C is disabled by the application at offset 2"},
        {"(a)\\1", "back references are not supported"},
        {"(?<n>a)\\k<n>", "back references are not supported"},
        {"a(?R)?", "(?R is not supported at offset 1"},
        {"(a)(?1)", "(?1 is not supported at offset 3"},
        {"(a(?-1)?)", "(?- is not supported at offset 2"},
        {"(?<n>a)(?&n)", "(?& is not supported at offset 7"},
        {"(?P<n>a)(?P>n)", "(?P is not supported at offset 8"},
        {"(a)\\g<1>", "\\g is not supported at offset 3"},
        {"(?|a|b)", "(?| is not supported at offset 0"},
        {"(?(?=a)b|c)", "(?( is not supported at offset 0"},
        {"(*UTF)a", "(*U is not supported at offset 0"},
        {"a(*ACCEPT)b", "(*A is not supported at offset 1"},
        {"a|(?:b\\X)+", "\\X is not supported at offset 6"},
        {"(?x)# (\n\\X", "\\X is not supported at offset 8"},
        {"\\Q(?R)\\E\\K", "\\K is not supported at offset 8"},
    };
    char reason[160], *longest = repeat("", "a", PATTERN_MAX, ""), *longer = repeat("", "a", PATTERN_MAX + 1, "");

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(!pattern_compile(&arena, cases[i].pattern, reason), "%s", cases[i].pattern);
        ck_assert_str_eq(reason, cases[i].reason);
    }
    compiled("\\Q(?R)\\X(*UTF)\\1\\E[(?R)]"); // letters
    compiled(longest);
    ck_assert_ptr_null(pattern_compile(&arena, longer, reason));
    ck_assert_str_eq(reason, "longer than 256 bytes");
    free(longest);
    free(longer);
}
END_TEST

/* Each would take seconds to ages. The budget is used up, and that it is counts the work: what PCRE2 does between two
 * steps, which it does not tell, included. */
START_TEST(test_hostile_patterns_are_too_much)
{
    static const char *const patterns[] = {
        "^(a+)+$",
        "^(a|aa)+$",
        "^(\\w+\\s?)*$",
        "a*a*a*a*b[^b]",
        "(?:(?:a{1,100}){1,100})b#",
        "^(?:a?){0,1500}#b",
        "a+b",
        "#z|a{65535}@",
        "\\p{L}{2000}1",
        "(?<=a{65535})a[^a]{2}@",
        "\\w+@",
        "[a-z]*[0-9]@",
        "(?:a|aa)*a{1000}b",
        "(?=a*b)a",
        "(?:a*b)*[^b]@",
        "(?:.|a)*[^a]@#",
        "(?i)a+b",
        "^(?:aa?){0,1000}#b",
        "([a-z]+)*[A-Z][a-z]b",
    };
    char *subject = repeat("", "a", PATTERN_SUBJECT_MAX - 4, "#b1@");

    for (size_t i = 0; i < COUNT(patterns); i++) {
        size_t budget = BUDGET / 4;
        ck_assert_msg(search_with(patterns[i], subject, &budget) == PATTERN_TOO_MUCH, "%s", patterns[i]);
        ck_assert_msg(budget == 0, "%s", patterns[i]);
    }
    free(subject);
}
END_TEST

START_TEST(test_honest_patterns_are_cheap)
{
    static const char *const patterns[] = {
        "^a+#b1@$", "^[\\w\\s#@]*$", "#b\\d", "^(?:https?://)?\\w+", "^.{1,65535}@$", "b1@$", "^(?:[a-z]|[0-9]|#|@)*?$",
    };
    char *subject = repeat("", "a", PATTERN_SUBJECT_MAX - 4, "#b1@");

    for (size_t i = 0; i < COUNT(patterns); i++) {
        size_t budget = BUDGET;
        ck_assert_msg(search_with(patterns[i], subject, &budget) == PATTERN_YES, "%s", patterns[i]);
        ck_assert_msg(budget > BUDGET * 3 / 4, "%s: %zu", patterns[i], budget);
    }
    free(subject);
}
END_TEST

START_TEST(test_a_budget_of_many_searches)
{
    const struct pattern *pattern = compiled("^a*b");
    size_t budget = 1000, searches = 0;

    while (pattern_search(pattern, "aaaaaaaa", 8, &budget) == PATTERN_NO)
        searches++;
    ck_assert(searches >= 100 && searches <= 1000);
    ck_assert_uint_eq(budget, 0);
    budget = 1000;
    for (searches = 0; pattern_search(pattern, "aaaab", 5, &budget) == PATTERN_YES;)
        searches++;
    ck_assert(searches >= 100 && searches <= 500);
    ck_assert_uint_eq(budget, 0);
    ck_assert_int_eq(search_with("a", "a", &budget), PATTERN_TOO_MUCH);
}
END_TEST

START_TEST(test_memory_is_bounded_too)
{
    char *subject = repeat("", "a", PATTERN_SUBJECT_MAX, "");
    size_t budget = 100 * (size_t)BUDGET;

    ck_assert_int_eq(search_with("^((((((((a|b))))))))*$", subject, &budget), PATTERN_TOO_MUCH);
    ck_assert_uint_gt(budget, 90 * (size_t)BUDGET);
    free(subject);
}
END_TEST

/* --- uri ------------------------------------------------------------------------------------------------ */

enum uri_kind { NO_URI, REFERENCE, WITH_SCHEME };

/* What Go 1.26 says to each. */
static const struct {
    const char *text;
    enum uri_kind kind;
} uris[] = {
    {"http://example.com/a/b?c=d#e", WITH_SCHEME},
    {"HTTPS://example.com", WITH_SCHEME},
    {"data:image/png;base64,iVBORw0KGgo=", WITH_SCHEME},
    {"data:%zz with blanks \"<>^`", WITH_SCHEME}, // opaque: anything goes
    {"mailto:a@b.c", WITH_SCHEME},
    {"a:", WITH_SCHEME},
    {"a1+-.:b", WITH_SCHEME},
    {"x:?%", WITH_SCHEME},
    {"x:/y", WITH_SCHEME},
    {"x:///y", WITH_SCHEME},
    {"http://", WITH_SCHEME},
    {"http:", WITH_SCHEME},
    {"", REFERENCE},
    {"*", REFERENCE},
    {"#fragment", REFERENCE},
    {"?query", REFERENCE},
    {"a/b", REFERENCE},
    {"/a b/\xc3\xa9", REFERENCE},
    {"./a:b", REFERENCE},
    {"a/b:c", REFERENCE},
    {"a?b:c", REFERENCE},
    {"//host/path", REFERENCE},
    {"///host:x/path", REFERENCE}, // no authority
    {"a_b:c", NO_URI},             // neither a scheme nor a first segment
    {"1a:b", NO_URI},
    {":x", NO_URI},
    // Control bytes, backslashes
    {"a\tb", NO_URI},
    {"a\x7f", NO_URI},
    {"data:a\nb", NO_URI},
    {"a?\x1f", NO_URI},
    {"a#\n", REFERENCE}, // not looked for in a fragment
    {"a\\b", NO_URI},
    {"x:a#\\", NO_URI},
    {"x:a?\\", NO_URI},
    // Escapes
    {"/a%20b", REFERENCE},
    {"/a%C3%a9", REFERENCE},
    {"/a%zz", NO_URI},
    {"/a%4g", NO_URI},
    {"/a%G4", NO_URI},
    {"/a%2", NO_URI},
    {"/a%", NO_URI},
    {"a?%zz", REFERENCE}, // nor is a query
    {"http://a/?%zz", WITH_SCHEME},
    {"http://a?b c/", WITH_SCHEME},
    {"a#%zz", NO_URI},
    {"a#%41", REFERENCE},
    {"x:a#%4", NO_URI},
    // User
    {"http://user@host/", WITH_SCHEME},
    {"http://u:p%40ss:w@host/", WITH_SCHEME},
    {"http://u@v@w/", WITH_SCHEME},
    {"http://@w/", WITH_SCHEME},
    {"http://u r@w/", NO_URI},
    {"http://\xc3\xa9@w/", NO_URI},
    {"http://u%4@w/", NO_URI},
    {"http://u:%4@w/", NO_URI},
    {"http://u%:41@w/", NO_URI},
    {"http://u/r@w", WITH_SCHEME}, // no user
    // Host
    {"http://\xc3\xa9.de/", WITH_SCHEME},
    {"http://%C3%A9.de/", WITH_SCHEME},
    {"http://a%25b/", WITH_SCHEME},
    {"http://a%20b/", NO_URI}, // an escape is for what is not ASCII
    {"http://a%7Fb/", NO_URI},
    {"http://a%C/", NO_URI},
    {"http://a b/", NO_URI},
    {"http://a^b/", NO_URI},
    {"http://a|b/", NO_URI},
    {"http://!$&'()*+,;=<>\"-_.~]/", WITH_SCHEME},
    {"//a b", NO_URI},
    {"//a b?c", NO_URI},
    {"/a//b c", REFERENCE},
    // Port
    {"http://a:80/", WITH_SCHEME},
    {"http://a:/", WITH_SCHEME},
    {"http://a:0123456789/", WITH_SCHEME},
    {"http://a:8x/", NO_URI},
    {"http://a:-1/", NO_URI},
    {"http://a:1,b:2/", NO_URI},
    {"Https://a:1:2/", NO_URI},
    {"mongodb://a:1,b:2/", WITH_SCHEME},
    {"//a:1,b:2/", REFERENCE},
    {"httpx://a:1,b:x/", NO_URI},
    // Brackets
    {"http://[::1]/", WITH_SCHEME},
    {"http://[::1]:80/", WITH_SCHEME},
    {"http://u@[1:2:3:4:5:6:7:8]", WITH_SCHEME},
    {"http://[1:2:3:4:5:6:1.2.3.4]", WITH_SCHEME},
    {"http://[::ffff:255.255.255.255]", WITH_SCHEME},
    {"http://[1.2.3.4]/", NO_URI},
    {"http://[a]/", NO_URI},
    {"http://[v1.a]/", NO_URI},
    {"http://[]/", NO_URI},
    {"http://[::1/", NO_URI},
    {"http://[::1]x/", NO_URI},
    {"http://[::1]:x/", NO_URI},
    {"http://a[::1]/", NO_URI},
    {"http://[[::1]/", NO_URI},
    {"http://[::00001]/", NO_URI},
    {"http://[1:2:3:4:5:6:7:8:9]/", NO_URI},
    {"http://[::%31]/", NO_URI},
    {"http://[1111:1111:1111:1111:1111:1111:255.255.255.2551]/", NO_URI},
    {"http://[::1%25en0]/", WITH_SCHEME},
    {"http://[::1%25%20%41%25]]:1/", WITH_SCHEME},
    {"http://[::1%25]/", NO_URI},
    {"http://[::1%en0]/", NO_URI},
    {"http://[::1%25a b]/", NO_URI},
    {"http://[::1%25%2f]/", NO_URI},
    {"http://[::1%25%C3%A9]/", NO_URI},
    {"http://[::1%25\xc3\xa9]/", WITH_SCHEME},
    {"http://[::1%25%4]/", NO_URI},
};

START_TEST(test_uris)
{
    for (size_t i = 0; i < COUNT(uris); i++) {
        char *exact = xstrdup(uris[i].text);
        ck_assert_msg(uri_is_reference(exact) == (uris[i].kind != NO_URI), "'%s'", exact);
        ck_assert_msg(uri_is_valid(exact) == (uris[i].kind == WITH_SCHEME), "'%s'", exact);
        free(exact);
    }
}
END_TEST

/* A control byte at each place of the blocks in which they are looked for. */
START_TEST(test_uris_are_looked_at_to_the_end)
{
    char *text = repeat("data:,", "a", 200, "");
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        ck_assert(uri_is_valid(text));
        text[i] = i % 2 ? '\x1f' : '\x7f';
        ck_assert_msg(!uri_is_valid(text), "%zu", i);
        text[i] = c;
    }
    free(text);
}
END_TEST

/* --- format --------------------------------------------------------------------------------------------- */

START_TEST(test_format_names)
{
    static const char *const known[] = {
        "date", "date-time", "email", "hostname", "idn-email",     "ipv4",          "ipv6",
        "iri",  "time",      "uri",   "uuid",     "iri-reference", "uri-reference",
    };
    static const char *const unknown[] = {"", "URI", "uri ", "date_time", "password", "int32", "binary", "regex"};

    for (size_t i = 0; i < COUNT(known); i++)
        ck_assert_msg(format_find(known[i]) != NULL, "%s", known[i]);
    for (size_t i = 0; i < COUNT(unknown); i++)
        ck_assert_msg(!format_find(unknown[i]), "%s", unknown[i]);
}
END_TEST

/* Of each format a list of texts that are, and one of texts that are not; what gojsonschema says to each. */
static const struct {
    const char *format;
    const char *are[16], *are_not[24];
} formats[] = {
    {"date",
     {"2024-02-29", "2000-02-29", "0000-02-29", "2024-12-31", "9999-01-01", "2024-04-30"},
     {"", "2023-02-29", "1900-02-29", "2024-00-01", "2024-13-01", "2024-01-00", "2024-01-32", "2024-04-31", "2024-1-1",
      "24-01-01", "2024/01/01", "2024-01-01 ", " 2024-01-01", "2024-01-01T00:00:00Z", "20240-1-01", "-024-01-01"}},
    {"time",
     {"12:34:56", "00:00:00Z", "23:59:59.999999999999", "1:02:03", "12:34:56,5", "12:34:56+00:00", "12:34:56-24:60",
      "12:34:56.1Z", "1:02:03,1+01:00"},
     {"", "24:00:00", "12:60:00", "12:00:60", "12:3:00", "12:34", "12:34:5", "012:34:56", "12:34:56.", "12:34:56z",
      "12:34:56.Z", "12:34:56+1:00", "12:34:56+25:00", "12:34:56+00:61", "12:34:56+0000", "12:34:56 Z", "12:34:56ZZ",
      "2024-01-01T12:34:56Z"}},
    {"date-time",
     {"2024-02-29T12:34:56Z", "2024-02-29T12:34:56.789+07:00", "2024-02-29T1:34:56,7-24:60", "2024-02-29", "12:34:56",
      "1:34:56Z"},
     {"", "2024-02-29T12:34:56", "2024-02-29t12:34:56Z", "2024-02-29T12:34:56z", "2024-02-29 12:34:56Z",
      "2023-02-29T12:34:56Z", "2024-02-29T24:34:56Z", "2024-02-29T", "2024-02-29Z", "2024-02-29T12:34:56Z ",
      "2024-02-29T12:34Z", "1714521600"}},
    {"hostname",
     {"a", "localhost", "example.com", "1.2.3.4", "a-b.c--d", "A.B",
      "a23456789012345678901234567890123456789012345678901234567890123"},
     {"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a.b-.c", "a_b", "a b", "\xc3\xa9.de", "a:80",
      "a234567890123456789012345678901234567890123456789012345678901234"}},
    {"uuid",
     {"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-42661417400F"},
     {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
      "g23e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-4266141740000",
      "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a456_426614174000",
      "123e456-7e89b-12d3-a456-426614174000"}},
    {"ipv4",
     {"1.2.3.4", "0.0.0.0", "255.255.255.255", "::1.2.3.4", "::ffff:1.2.3.4"},
     {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ", "a.b.c.d", "::1",
      "1"}},
    {"ipv6",
     {"::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4",
      "::ffff:1.2.3.4", "ABCD::ef01"},
     {"", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8",
      "12345::", "g::", "::1%eth0", "[::1]", "1.2.3.4", "::1.2.3.04", "1:2:3:4:5:6:7:1.2.3.4", "::1 "}},
    {"email",
     {"a@b.c", "a@b", "a.b+c@d-e.f", "\xc3\xa9@\xc3\xb6.de", "\"a b\"@c", "\"a\\\"b\"@c", "<a@b.c>", "Joe <a@b.c>",
      "Joe Q. Public <a@b.c>", "\"Joe, Q.\" <a@b.c>", "Joe<a@b.c>", " a@ b ", "\"\" <a@b>", "Joe \"Q\" P <a@b>\t",
      "\"a\tb\"@c"},
     {"",       " ",      "abc",    "a@",    "@b",      "a b@c",      "a@b@c",      ".a@b",
      "a.@b",   "a..b@c", "a@b.",   "a@.b",  "a@b..c",  "a @b",       "Joe <a@b.c", "Joe a@b.c>",
      "<a@b >", "Joe <>", "\"\"@b", "\"a@b", "a@b,c@d", "\"a\nb\"@c", "\"a\x7f\"@b"}},
    {"uri", {"https://replicate.delivery/a.png", "data:,a"}, {"", "a", "/a", "a b:c", "http://a b", "x:\\"}},
    {"uri-reference", {"", "a", "/a", "http://a", "#a"}, {"a:b c:\\", "http://a b", "%", ":"}},
};

static void expect_all(const struct format *format, const char *const *texts, size_t room, bool match)
{
    for (size_t i = 0; i < room && texts[i]; i++) {
        char *exact = xstrdup(texts[i]);
        ck_assert_msg(format_matches(format, exact) == match, "'%s'", exact);
        free(exact);
    }
}

START_TEST(test_formats)
{
    for (size_t i = 0; i < COUNT(formats); i++) {
        const struct format *format = format_find(formats[i].format);
        expect_all(format, formats[i].are, COUNT(formats[i].are), true);
        expect_all(format, formats[i].are_not, COUNT(formats[i].are_not), false);
    }
}
END_TEST

START_TEST(test_formats_of_two_names)
{
    static const char *const names[][2] = {{"iri", "uri"}, {"iri-reference", "uri-reference"}, {"idn-email", "email"}};
    static const char *const texts[] = {"a", "a@b", "x:a", "%", "", "http://\xc3\xa9/"};

    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t j = 0; j < COUNT(texts); j++)
            ck_assert_msg(format_matches(format_find(names[i][0]), texts[j]) ==
                              format_matches(format_find(names[i][1]), texts[j]),
                          "%s: '%s'", names[i][0], texts[j]);
}
END_TEST

START_TEST(test_every_day_of_some_years)
{
    static const int years[] = {0, 4, 100, 1600, 1900, 1999, 2000, 2023, 2024, 2100, 2300, 2400, 9996, 9999};
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const struct format *format = format_find("date");
    char text[32];

    for (size_t i = 0; i < COUNT(years); i++) {
        int year = years[i];
        for (int month = 1; month <= 12; month++) {
            int last = days[month - 1];
            if (month == 2 && (year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)))
                last = 29;
            for (int day = 0; day <= 32; day++) {
                snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
                ck_assert_msg(format_matches(format, text) == (day >= 1 && day <= last), "%s", text);
            }
        }
    }
}
END_TEST

START_TEST(test_long_hostnames)
{
    const struct format *format = format_find("hostname");
    char *longest = repeat("", "a.", 127, "a"), *longer = repeat("", "a.", 127, "ab");

    ck_assert(format_matches(format, longest)); // 255 bytes
    ck_assert(!format_matches(format, longer));
    free(longest);
    free(longer);
}
END_TEST

SUITE_WITH("values", NULL, forget, test_decimals_are_normal, test_decimals_compare, test_decimals_that_are_integers,
           test_divisors, test_multiples, test_small_decimals_against_integers, test_long_decimals, test_patterns_find,
           test_patterns_that_are_none, test_hostile_patterns_are_too_much, test_honest_patterns_are_cheap,
           test_a_budget_of_many_searches, test_memory_is_bounded_too, test_uris, test_uris_are_looked_at_to_the_end,
           test_format_names, test_formats, test_formats_of_two_names, test_every_day_of_some_years,
           test_long_hostnames);
