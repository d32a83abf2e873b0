#include "base/digest.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "core/signature.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

/* The vector of svix, which the suites of all three official clients use. */
#define SECRET    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define BODY      "{\"test\": 2432232314}"

enum { SECONDS = 1614265330 };

/* Of the same length and alphabet, and wrong. */
#define OTHER "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* --- HMAC and base64 ------------------------------------------------------------------------------------ */

static void assert_hmac(struct slice key, const struct slice *parts, size_t count, const char *hex)
{
    unsigned char mac[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];

    digest_hmac_sha256(mac, key, parts, count);
    for (size_t i = 0; i < sizeof(mac); i++)
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
    ck_assert_str_eq(text, hex);
}

START_TEST(test_hmac_vectors) // RFC 4231, 4.3 (its text in one part, in several, in parts that are empty) and 4.7
{
    static const char hex[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    struct slice whole[] = {slice_of("what do ya want for nothing?")};
    struct slice pieces[] = {{NULL, 0}, slice_of("what do ya "), {"", 0}, slice_of("want for nothing"), slice_of("?")};
    struct slice long_text[] = {slice_of("Test Using Larger Than Block-Size Key - Hash Key First")};
    char long_key[131];

    memset(long_key, 0xaa, sizeof(long_key));
    assert_hmac(slice_of("Jefe"), whole, COUNT(whole), hex);
    assert_hmac(slice_of("Jefe"), pieces, COUNT(pieces), hex);
    assert_hmac((struct slice){long_key, sizeof(long_key)}, long_text, COUNT(long_text),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

START_TEST(test_base64_is_written) // RFC 4648, 10; then the two letters that the URL-safe alphabet has not
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i][0]), room = (len + 2) / 3 * 4 + 1;
        char *text = xmalloc(room); // as large as it must be and no larger
        digest_base64_encode(text, cases[i][0], len);
        ck_assert_str_eq(text, cases[i][1]);
        free(text);
    }
}
END_TEST

/* --- ids ------------------------------------------------------------------------------------------------ */

/* The 20 bytes of a KSUID. */
static void read_ksuid(const char *text, unsigned char bytes[20])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    ck_assert_msg(strlen(text) == 27 && strspn(text, digits) == 27, "%s", text);
    memset(bytes, 0, 20);
    for (; *text; text++) {
        unsigned carry = (unsigned)(strchr(digits, *text) - digits);
        for (int i = 19; i >= 0; i--) {
            carry += 62u * bytes[i];
            bytes[i] = (unsigned char)carry;
            carry >>= 8;
        }
        ck_assert_msg(carry == 0, "more than 20 bytes");
    }
}

static uint32_t number_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t random_at(const unsigned char *bytes)
{
    return (uint64_t)number_at(bytes) << 32 | number_at(bytes + 4);
}

/* Makes an id at `ns` and takes it apart: the seconds, as a KSUID counts them. */
static uint32_t seconds_of_id(int64_t ns, struct rng *rng)
{
    char id[MESSAGE_ID_LEN + 1];
    unsigned char bytes[20];
    struct rng same = *rng;

    message_id(id, ns, rng);
    ck_assert(strncmp(id, "msg_", 4) == 0);
    read_ksuid(id + 4, bytes);
    ck_assert(random_at(bytes + 4) == rng_next(&same));
    ck_assert(random_at(bytes + 12) == rng_next(&same));
    ck_assert(rng->count == same.count);
    return number_at(bytes);
}

START_TEST(test_ksuids_are_read_as_published) // what read_ksuid, and so the test below, believes
{
    unsigned char bytes[20];

    read_ksuid("0ujtsYcgvSTl8PAuAdqWYSMnLOv", bytes); // the example of KSUID's own README
    ck_assert_uint_eq(number_at(bytes), 107608047);
    ck_assert(random_at(bytes + 4) == 0xB5A1CD34B5F99D11u);
    ck_assert(random_at(bytes + 12) == 0x54FB6853345C9735u);
    read_ksuid("2yGEvjbj5JfrCSTduf2IL4TZgFz", bytes); // recorded of Replicate, with its webhook-timestamp
    ck_assert_uint_eq(number_at(bytes) + 1400000000u, 1749452742);
}
END_TEST

START_TEST(test_message_ids)
{
    struct rng rng = {.key = {1, 2}};

    ck_assert_uint_eq(seconds_of_id(INT64_C(1749452742) * NS_PER_S, &rng), 349452742);
    ck_assert_uint_eq(seconds_of_id(INT64_C(1749452742) * NS_PER_S + NS_PER_S - 1, &rng), 349452742);
    ck_assert_uint_eq(seconds_of_id(INT64_C(1400000001) * NS_PER_S, &rng), 1);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(seconds_of_id((INT64_C(1700000000) + i * INT64_C(1000003)) * NS_PER_S, &rng),
                         300000000 + i * INT64_C(1000003));
}
END_TEST

START_TEST(test_message_ids_at_the_ends_of_time)
{
    struct rng rng = {.key = {1, 2}};

    ck_assert_uint_eq(seconds_of_id(1, &rng), 0);
    ck_assert_uint_eq(seconds_of_id(INT64_C(1400000000) * NS_PER_S, &rng), 0);
    ck_assert_uint_eq(seconds_of_id((INT64_C(1400000000) + UINT32_MAX) * NS_PER_S, &rng), UINT32_MAX);
    ck_assert_uint_eq(seconds_of_id(TIME_MAX_NS, &rng), UINT32_MAX);
}
END_TEST

START_TEST(test_message_ids_come_of_the_seed)
{
    struct rng rng = {.key = {7, 9}}, same = rng, other = {.key = {7, 10}};
    char id[MESSAGE_ID_LEN + 1], again[MESSAGE_ID_LEN + 1];

    for (int i = 0; i < 10; i++) {
        message_id(id, SECONDS * NS_PER_S, &rng);
        message_id(again, SECONDS * NS_PER_S, &same);
        ck_assert_str_eq(id, again);
        message_id(again, SECONDS * NS_PER_S, &other);
        ck_assert_str_ne(id, again);
    }
    message_id(again, SECONDS * NS_PER_S, &rng);
    ck_assert_str_ne(id, again);
}
END_TEST

/* --- secrets -------------------------------------------------------------------------------------------- */

/* "whsec_" and the base64 of `len` bytes. */
static const char *secret_of(size_t len)
{
    static char secret[128];
    static const unsigned char bytes[80] = {1, 2, 3};

    digest_base64_encode(stpcpy(secret, "whsec_"), bytes, len);
    return secret;
}

START_TEST(test_secrets)
{
    ck_assert(secret_is_valid(SECRET));
    ck_assert(secret_is_valid("whsec_////++++MfKQ9r8GKYqrTwjUPD8ILPZI"));
    for (size_t len = 0; len < 70; len++)
        ck_assert_msg(secret_is_valid(secret_of(len)) == (len >= 24 && len <= 64), "%zu bytes", len);
}
END_TEST

START_TEST(test_secrets_that_are_none)
{
    static const char *const secrets[] = {
        "",
        "whsec_",
        "whsec",
        "_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec-MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec__MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwj_PD8ILPZIo2LaLaSw", // the URL-safe alphabet
        "whsec_MfKQ9r8GKYqrTwj-PD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA", // 25 bytes without padding, with too little, with too much
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA=",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA===",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA===",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw====",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILA==PZIo2LaLaSwAAAA",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA==AAAA",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw    ",
        "whsec_MfKQ 9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAA",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa\xc3\xa9",
    };

    for (size_t i = 0; i < COUNT(secrets); i++)
        ck_assert_msg(!secret_is_valid(secrets[i]), "%s", secrets[i]);
}
END_TEST

/* --- signatures ----------------------------------------------------------------------------------------- */

static const char *check_header(const char *header)
{
    return signature_check(header, SECRET, ID, "1614265330", slice_of(BODY), 0, 0);
}

static void assert_reason(const char *reason, const char *begin)
{
    ck_assert_ptr_nonnull(reason);
    ck_assert_msg(strncmp(reason, begin, strlen(begin)) == 0, "%s", reason);
}

START_TEST(test_known_signature)
{
    char signature[SIGNATURE_LEN + 1];

    signature_make(signature, SECRET, ID, SECONDS, slice_of(BODY));
    ck_assert_str_eq(signature, SIGNATURE);
    ck_assert_ptr_null(check_header(SIGNATURE));
}
END_TEST

START_TEST(test_what_is_made_is_checked) // with keys of every length, and bodies that are empty or hold a NUL
{
    static const struct slice bodies[] = {{NULL, 0}, {"", 0}, {"\0", 1}, {"a\0b", 3}};
    char signature[SIGNATURE_LEN + 1], others[COUNT(bodies)][SIGNATURE_LEN + 1];

    for (size_t len = 24; len <= 64; len++) {
        const char *secret = secret_of(len);
        for (size_t i = 0; i < COUNT(bodies); i++) {
            signature_make(signature, secret, ID, SECONDS, bodies[i]);
            ck_assert_uint_eq(strlen(signature), SIGNATURE_LEN);
            ck_assert_ptr_null(signature_check(signature, secret, ID, "1614265330", bodies[i], 0, 0));
            strcpy(others[i], signature);
        }
        ck_assert_str_eq(others[0], others[1]);
        ck_assert_str_ne(others[1], others[2]);
        ck_assert_str_ne(others[2], others[3]);
    }
}
END_TEST

START_TEST(test_one_of_several_signatures)
{
    ck_assert_ptr_null(check_header(OTHER " " SIGNATURE));
    ck_assert_ptr_null(check_header(SIGNATURE " " OTHER));
    ck_assert_ptr_null(check_header("v1,x v2," OTHER " v1a,abc  " SIGNATURE " "));
    ck_assert_ptr_null(check_header("  " SIGNATURE));
    assert_reason(check_header(OTHER " " OTHER), "the signature does not match: it is of another");
    assert_reason(check_header(OTHER "," SIGNATURE), "the signature does not match: ");
}
END_TEST

START_TEST(test_another_version)
{
    static const char *const headers[] = {
        "",
        " ",
        "v1",
        "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1 ,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1=g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    for (size_t i = 0; i < COUNT(headers); i++)
        ck_assert_str_eq(check_header(headers[i]), "no signature of version v1");
}
END_TEST

START_TEST(test_signatures_that_are_no_base64)
{
    static const char *const headers[] = {
        "v1,",
        "v1, ",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",                      // no padding
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE==",                    // too much of it
        "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",                     // the URL-safe alphabet
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OEA",                     // 33 bytes
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1A==",                     // 31
        "v1,83484cf52b04f8e4cf2531adfed9882ad4b2665137b852442d594d20e2c9d4e1", // hexadecimal
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=v1,",
    };

    for (size_t i = 0; i < COUNT(headers); i++)
        ck_assert_str_eq(check_header(headers[i]), "the signature does not match: it is not the base64 of 32 bytes");
    assert_reason(check_header("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="), "the signature does not match: ");
}
END_TEST

START_TEST(test_each_part_counts)
{
    static const struct {
        const char *secret, *id, *timestamp, *body;
    } cases[] = {
        {"whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, "1614265330", BODY},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAQ==", ID, "1614265330", BODY},
        {SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJel", "1614265330", BODY},
        {SECRET, "", "1614265330", BODY},
        {SECRET, ID, "1614265331", BODY},
        {SECRET, ID, "01614265330", BODY}, // what was signed is a text
        {SECRET, ID, "1614265330", BODY "\n"},
        {SECRET, ID, "1614265330", "{\"test\":2432232314}"},
        {SECRET, ID, "1614265330", ""},
        {SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", "2432232314", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *reason =
            signature_check(SIGNATURE, cases[i].secret, cases[i].id, cases[i].timestamp, slice_of(cases[i].body), 0, 0);
        ck_assert_msg(reason != NULL, "case %zu", i);
        assert_reason(reason, "the signature does not match: it is of another");
    }
}
END_TEST

START_TEST(test_tolerance)
{
    static const struct {
        int64_t tolerance, now;
        const char *reason; // how it begins
    } cases[] = {
        {300, SECONDS, NULL},
        {300, SECONDS + 300, NULL},
        {300, SECONDS + 301, "the timestamp is longer ago"},
        {300, SECONDS - 300, NULL},
        {300, SECONDS - 301, "the timestamp is further ahead"},
        {1, SECONDS + 1, NULL},
        {1, SECONDS + 2, "the timestamp is longer ago"},
        {1, SECONDS - 2, "the timestamp is further ahead"},
        {0, SECONDS + INT64_C(1000000000), NULL}, // 0: no matter how old
        {0, 0, NULL},
        {INT64_MAX, 0, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *reason =
            signature_check(SIGNATURE, SECRET, ID, "1614265330", slice_of(BODY), cases[i].tolerance, cases[i].now);
        if (cases[i].reason)
            assert_reason(reason, cases[i].reason);
        else
            ck_assert_msg(!reason, "case %zu: %s", i, reason);
    }
}
END_TEST

START_TEST(test_timestamps_that_are_none) // each is signed rightly, and no receiver could tell how old it is
{
    static const char *const texts[] = {"",
                                        " ",
                                        "now",
                                        "-1",
                                        "+1614265330",
                                        " 1614265330",
                                        "1614265330 ",
                                        "1.5",
                                        "1614265330.",
                                        "0x1",
                                        "1e9",
                                        "1000000000000000000",
                                        "99999999999999999999999"};

    for (size_t i = 0; i < COUNT(texts); i++)
        for (int64_t tolerance = 0; tolerance < 2; tolerance++)
            ck_assert_str_eq(signature_check(SIGNATURE, SECRET, ID, texts[i], slice_of(BODY), tolerance, SECONDS),
                             "the timestamp is no whole number of seconds since 1970");
    ck_assert(
        strstr(signature_check(SIGNATURE, SECRET, ID, "999999999999999999", slice_of(BODY), 1, SECONDS), "ahead"));
}
END_TEST

SUITE("signature", test_hmac_vectors, test_base64_is_written, test_ksuids_are_read_as_published, test_message_ids,
      test_message_ids_at_the_ends_of_time, test_message_ids_come_of_the_seed, test_secrets, test_secrets_that_are_none,
      test_known_signature, test_what_is_made_is_checked, test_one_of_several_signatures, test_another_version,
      test_signatures_that_are_no_base64, test_each_part_counts, test_tolerance, test_timestamps_that_are_none);
