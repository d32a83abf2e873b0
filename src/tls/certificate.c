#include "tls/certificate.h"
#include "base/mem.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOUR = 3600, DAY = 86400 };
enum { AUTHORITY_DAYS = 3650 };
enum { SERVER_DAYS = 397 }; // browsers refuse more than 398 under a public root, Apple 825 under any
enum { KEY_BITS = 256 };
enum { KEY_ID = 20 }; // bytes: SHA-1 of the public key (RFC 5280, 4.2.1.2)

#define ORGANIZATION "replicate-mock"

struct certificate {
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_t key; // NULL: it was read without
};

static void check(int code)
{
    if (code >= 0)
        return;
    fprintf(stderr, "replicate-mock: GnuTLS: %s\n", gnutls_strerror(code));
    abort();
}

void certificate_free(struct certificate *certificate)
{
    if (!certificate)
        return;
    gnutls_x509_crt_deinit(certificate->crt);
    if (certificate->key)
        gnutls_x509_privkey_deinit(certificate->key);
    free(certificate);
}

/* --- what an authority may vouch for --------------------------------------------------------------------------------- */

/* A domain stands for itself and all below it. */
static const char *const permitted_domains[] = {
    "localhost",   "replicate.com", "replicate.delivery", "test", "example", // RFC 6761
    "local",                                                                 // RFC 6762
    "home.arpa",                                                             // RFC 8375
    "internal",                                       // reserved by ICANN in 2024; host.docker.internal
    "localdomain",                                    // nobody's, and in many files of hosts
    "replicate",   "mock",          "replicate-mock", // likely names of a container
};

/* Loopback, private (RFC 1918, RFC 4193) and link-local addresses. */
static const char *const permitted_networks[] = {
    "127.0.0.0/8",    "::1/128",        "10.0.0.0/8", "172.16.0.0/12",
    "192.168.0.0/16", "169.254.0.0/16", "fc00::/7",   "fe80::/10",
};

static void permit_domain(gnutls_x509_name_constraints_t constraints, const char *domain)
{
    gnutls_datum_t name = {(unsigned char *)(size_t)domain, (unsigned int)strlen(domain)};

    check(gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_DNSNAME, &name));
}

static void permit_network(gnutls_x509_name_constraints_t constraints, const char *cidr)
{
    gnutls_datum_t network = {0};

    check(gnutls_x509_cidr_to_rfc5280(cidr, &network));
    check(gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_IPADDRESS, &network));
    gnutls_free(network.data);
}

static bool permits(gnutls_x509_name_constraints_t constraints, const char *name)
{
    unsigned char bytes[NAME_ADDRESS];
    size_t len = name_address(bytes, name);
    gnutls_datum_t address = {bytes, (unsigned int)len};
    gnutls_datum_t domain = {(unsigned char *)(size_t)name, (unsigned int)strlen(name)};

    return len > 0 ? gnutls_x509_name_constraints_check(constraints, GNUTLS_SAN_IPADDRESS, &address) != 0
                   : gnutls_x509_name_constraints_check(constraints, GNUTLS_SAN_DNSNAME, &domain) != 0;
}

static void permit_name(gnutls_x509_name_constraints_t constraints, const char *name)
{
    unsigned char bytes[NAME_ADDRESS];
    size_t len = name_address(bytes, name);
    char cidr[NAME_TEXT + 8];

    if (permits(constraints, name))
        return;
    if (len == 0) {
        permit_domain(constraints, strncmp(name, "*.", 2) == 0 ? name + 2 : name);
        return;
    }
    snprintf(cidr, sizeof(cidr), "%s/%zu", name, 8 * len);
    permit_network(constraints, cidr);
}

static void set_constraints(gnutls_x509_crt_t crt, const struct names *names)
{
    gnutls_x509_name_constraints_t constraints;

    check(gnutls_x509_name_constraints_init(&constraints));
    for (size_t i = 0; i < sizeof(permitted_domains) / sizeof(*permitted_domains); i++)
        permit_domain(constraints, permitted_domains[i]);
    for (size_t i = 0; i < sizeof(permitted_networks) / sizeof(*permitted_networks); i++)
        permit_network(constraints, permitted_networks[i]);
    for (size_t i = 0; i < names->count; i++)
        permit_name(constraints, names->text[i]);
    check(gnutls_x509_crt_set_name_constraints(crt, constraints, 1));
    gnutls_x509_name_constraints_deinit(constraints);
}

bool certificate_permits(const struct certificate *authority, const char *name)
{
    gnutls_x509_name_constraints_t constraints;
    unsigned int critical;

    check(gnutls_x509_name_constraints_init(&constraints));
    int code = gnutls_x509_crt_get_name_constraints(authority->crt, constraints, 0, &critical);
    bool permitted = code >= 0 ? permits(constraints, name) : code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    gnutls_x509_name_constraints_deinit(constraints);
    return permitted;
}

/* --- made ------------------------------------------------------------------------------------------------------------ */

static gnutls_x509_privkey_t new_key(void)
{
    gnutls_x509_privkey_t key;

    check(gnutls_x509_privkey_init(&key));
    check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    return key;
}

/* Positive, and of the same length each time, because the first byte is neither 0 nor above 0x7f (RFC 5280, 4.1.2.2). */
static void set_serial(gnutls_x509_crt_t crt)
{
    unsigned char serial[16];

    check(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)));
    serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
    check(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)));
}

/* By this clients find, among several authorities of one name, the one whose key it is. */
static size_t key_id(gnutls_x509_crt_t crt, unsigned char id[KEY_ID])
{
    size_t len = KEY_ID;

    check(gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA1, id, &len));
    return len;
}

static void set_name_part(gnutls_x509_crt_t crt, const char *oid, const char *text)
{
    check(gnutls_x509_crt_set_dn_by_oid(crt, oid, 0, text, (unsigned int)strlen(text)));
}

/* What both kinds have, without a signature. */
static struct certificate *begin(const char *organization, const char *common_name, int64_t from, int64_t until)
{
    struct certificate *made = xnew(struct certificate);
    unsigned char id[KEY_ID];

    made->key = new_key();
    check(gnutls_x509_crt_init(&made->crt));
    check(gnutls_x509_crt_set_version(made->crt, 3));
    set_serial(made->crt);
    if (organization)
        set_name_part(made->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, organization);
    set_name_part(made->crt, GNUTLS_OID_X520_COMMON_NAME, common_name);
    check(gnutls_x509_crt_set_activation_time(made->crt, (time_t)from));
    check(gnutls_x509_crt_set_expiration_time(made->crt, (time_t)until));
    check(gnutls_x509_crt_set_key(made->crt, made->key));
    check(gnutls_x509_crt_set_subject_key_id(made->crt, id, key_id(made->crt, id)));
    return made;
}

/* Python 3.13 verifies as strictly as RFC 5280 allows: it refuses an authority whose basic constraints are not
 * critical, or that has no key usage. A day back, because clocks differ. */
struct certificate *certificate_new_authority(const char *common_name, const struct names *names, int64_t now)
{
    struct certificate *made = begin(ORGANIZATION, common_name, now - DAY, now + AUTHORITY_DAYS * (int64_t)DAY);

    check(gnutls_x509_crt_set_basic_constraints(made->crt, 1, 0)); // critical, with a path length of 0
    check(gnutls_x509_crt_set_key_usage(made->crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
    set_constraints(made->crt, names);
    check(gnutls_x509_crt_sign2(made->crt, made->crt, made->key, GNUTLS_DIG_SHA256, 0));
    return made;
}

static void add_name(gnutls_x509_crt_t crt, const char *name)
{
    unsigned char bytes[NAME_ADDRESS];
    unsigned int len = (unsigned int)name_address(bytes, name);

    if (len > 0)
        check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, bytes, len, GNUTLS_FSAN_APPEND));
    else
        check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name),
                                                   GNUTLS_FSAN_APPEND));
}

/* Python 3.13 refuses it without the authority's key id, Go and others without alternative names. */
struct certificate *certificate_new_server(const struct certificate *authority, const struct names *names, int64_t now)
{
    int64_t from = now - HOUR, until = from + SERVER_DAYS * (int64_t)DAY, end = certificate_ends(authority);
    struct certificate *made = begin(NULL, names->text[0], from, until < end ? until : end);
    unsigned char id[KEY_ID];

    check(gnutls_x509_crt_set_basic_constraints(made->crt, 0, -1));
    check(gnutls_x509_crt_set_key_usage(made->crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
    check(gnutls_x509_crt_set_key_purpose_oid(made->crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
    for (size_t i = 0; i < names->count; i++)
        add_name(made->crt, names->text[i]);
    check(gnutls_x509_crt_set_authority_key_id(made->crt, id, key_id(authority->crt, id)));
    check(gnutls_x509_crt_sign2(made->crt, authority->crt, authority->key, GNUTLS_DIG_SHA256, 0));
    return made;
}

/* --- read and written ------------------------------------------------------------------------------------------------ */

struct certificate *certificate_read(const char *pem, size_t len, char why[CERTIFICATE_WHY])
{
    struct certificate *read = xnew(struct certificate);
    gnutls_datum_t text = {(unsigned char *)(size_t)pem, (unsigned int)len};

    check(gnutls_x509_crt_init(&read->crt));
    int code = len > 0 ? gnutls_x509_crt_import(read->crt, &text, GNUTLS_X509_FMT_PEM) : GNUTLS_E_NO_CERTIFICATE_FOUND;
    if (code >= 0)
        return read;
    snprintf(why, CERTIFICATE_WHY, "%s (GnuTLS: %s)",
             len > 0 ? "is no whole certificate in PEM" : "is empty, and has to be a certificate in PEM",
             gnutls_strerror(code));
    certificate_free(read);
    return NULL;
}

static bool refuse_key(gnutls_x509_privkey_t key, char why[CERTIFICATE_WHY], const char *text)
{
    snprintf(why, CERTIFICATE_WHY, "%s", text);
    gnutls_x509_privkey_deinit(key);
    return false;
}

static bool is_of_our_kind(gnutls_x509_privkey_t key)
{
    unsigned int bits;

    return gnutls_x509_privkey_get_pk_algorithm2(key, &bits) == GNUTLS_PK_ECDSA && bits == KEY_BITS;
}

static bool fits(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    unsigned char of_crt[KEY_ID], of_key[KEY_ID];
    size_t crt_len = KEY_ID, key_len = KEY_ID;

    return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA1, of_crt, &crt_len) >= 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA1, of_key, &key_len) >= 0 && crt_len == key_len &&
           memcmp(of_crt, of_key, key_len) == 0;
}

bool certificate_read_key(struct certificate *certificate, const char *pem, size_t len, char why[CERTIFICATE_WHY])
{
    gnutls_datum_t text = {(unsigned char *)(size_t)pem, (unsigned int)len};
    gnutls_x509_privkey_t key;

    check(gnutls_x509_privkey_init(&key));
    if (len == 0)
        return refuse_key(key, why, "is empty, and has to be a private key in PEM");
    if (memmem(pem, len, "ENCRYPTED", 9)) // "BEGIN ENCRYPTED PRIVATE KEY", or the older "Proc-Type: 4,ENCRYPTED"
        return refuse_key(key, why, "is encrypted with a password, and has to be without");
    if (gnutls_x509_privkey_import(key, &text, GNUTLS_X509_FMT_PEM) < 0)
        return refuse_key(key, why, "is no whole private key in PEM");
    if (!is_of_our_kind(key))
        return refuse_key(key, why, "is a key of another kind (RSA, say), and has to be ECDSA P-256");
    if (!fits(certificate->crt, key))
        return refuse_key(key, why, "is another certificate's key: the two do not fit each other");
    certificate->key = key;
    return true;
}

static char *take_text(gnutls_datum_t *text)
{
    char *copy = xmemdup0((const char *)text->data, text->size);

    gnutls_free(text->data);
    return copy;
}

char *certificate_pem(const struct certificate *certificate)
{
    gnutls_datum_t text = {0};

    check(gnutls_x509_crt_export2(certificate->crt, GNUTLS_X509_FMT_PEM, &text));
    return take_text(&text);
}

char *certificate_key_pem(const struct certificate *certificate)
{
    gnutls_datum_t text = {0};

    check(gnutls_x509_privkey_export2_pkcs8(certificate->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text));
    return take_text(&text);
}

/* --- judged ---------------------------------------------------------------------------------------------------------- */

int64_t certificate_begins(const struct certificate *certificate)
{
    return gnutls_x509_crt_get_activation_time(certificate->crt);
}

int64_t certificate_ends(const struct certificate *certificate)
{
    return gnutls_x509_crt_get_expiration_time(certificate->crt);
}

bool certificate_is_authority(const struct certificate *certificate)
{
    return gnutls_x509_crt_get_ca_status(certificate->crt, NULL) > 0;
}

bool certificate_is_ours(const struct certificate *certificate)
{
    char text[sizeof(ORGANIZATION)];
    size_t size = sizeof(text);

    return gnutls_x509_crt_get_dn_by_oid(certificate->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, 0, text, &size) >= 0 &&
           size == sizeof(text) - 1 && memcmp(text, ORGANIZATION, size) == 0;
}

/* Asked about an authority itself, GnuTLS holds its CN, which is no host's name, against its own constraints. */
bool certificate_is_signed_by(const struct certificate *certificate, const struct certificate *authority)
{
    enum {
        HOW = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DO_NOT_ALLOW_SAME
    }; // else what is in the list passes
    unsigned int faults = 0, its_own = GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE | GNUTLS_CERT_INVALID;

    if (gnutls_x509_crt_verify(certificate->crt, &authority->crt, 1, HOW, &faults) < 0)
        return false;
    return (certificate == authority ? faults & ~its_own : faults) == 0;
}

/* Writes one of its names; false: there are no more, or it is of a kind that ours do not have. */
static bool read_name(gnutls_x509_crt_t crt, unsigned int i, char name[NAME_TEXT])
{
    unsigned char bytes[NAME_TEXT];
    size_t size = sizeof(bytes);
    int kind = gnutls_x509_crt_get_subject_alt_name(crt, i, bytes, &size, NULL);

    if (kind == GNUTLS_SAN_IPADDRESS)
        return name_of_address(name, bytes, size);
    if (kind != GNUTLS_SAN_DNSNAME || size >= NAME_TEXT)
        return false;
    memcpy(name, bytes, size);
    name[size] = '\0';
    return true;
}

bool certificate_has_names(const struct certificate *certificate, const struct names *names)
{
    char name[NAME_TEXT];
    unsigned int count = 0;

    while (read_name(certificate->crt, count, name)) {
        if (!names_have(names, name))
            return false;
        count++;
    }
    return count == names->count;
}
