#include "base/buf.h"
#include "base/mem.h"
#include "lib/suite.h"
#include "tls/authority.h"
#include "tls/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAY = 86400 };
enum { NOBODY = 65534 };

#define SYSTEM "-----BEGIN CERTIFICATE-----\nwhom the system trusts\n-----END CERTIFICATE-----\n"

static const int64_t now = 1767225600; // 2026-01-01T00:00:00Z
static const char *const no_names[] = {NULL};
static const char *const server_names[] = {
    "localhost",          "127.0.0.1",           "::1", "api.replicate.com", "stream.replicate.com",
    "replicate.delivery", "*.replicate.delivery"};
static const char *const all_files[] = {"ca.pem", "ca-key.pem", "ca-bundle.pem", "server.pem", "server-key.pem"};

static char root[256], folder[300]; // of each test: a folder of its own, and the authority's in it
static char reason[AUTHORITY_REASON];

/* --- files ------------------------------------------------------------------------------------------------ */

static const char *path_of(const char *name)
{
    static char paths[4][600];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

static void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

/* To be freed. */
static char *read_text(const char *path)
{
    char *text = xcalloc(1, 1 << 20);
    FILE *file = fopen(path, "r");

    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, file), (1 << 20) - 1);
    fclose(file);
    return text;
}

static void assert_holds(const char *path, const char *text)
{
    char *found = read_text(path);

    ck_assert_str_eq(found, text);
    free(found);
}

static mode_t mode_of(const char *path)
{
    struct stat about;

    ck_assert_int_eq(stat(path, &about), 0);
    return about.st_mode & 07777;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *level)
{
    (void)about, (void)kind, (void)level;
    return remove(path);
}

/* As an ordinary user: for root no folder is read-only. In memory, where there is such a place: fsync costs 20 ms on a
 * disk that is busy. */
static void set_up(void)
{
    if (geteuid() == 0 && seteuid(NOBODY) != 0)
        fprintf(stderr, "cannot be an ordinary user: %s\n", strerror(errno));
    snprintf(root, sizeof(root), "%s/authority-XXXXXX", eaccess("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(folder, sizeof(folder), "%s/tls", root);
    char *system = folder_join(root, "system.pem");
    write_text(system, SYSTEM);
    setenv("SSL_CERT_FILE", system, 1);
    free(system);
    gnutls_global_set_time_function(time);
}

static void tear_down(void)
{
    chmod(folder, 0700);
    ck_assert_int_eq(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
}

static bool is_skipped_for_root(const char *test)
{
    if (geteuid() == 0)
        fprintf(stderr, "skipped %s: root may do everything\n", test);
    return geteuid() == 0;
}

/* --- opening ---------------------------------------------------------------------------------------------- */

static struct identity open_with(const char *const *names, int64_t at)
{
    struct identity identity;

    ck_assert_msg(authority_open(&identity, folder, names, NULL, at, reason), "%s", reason);
    return identity;
}

static void open_at(int64_t at)
{
    struct identity identity = open_with(no_names, at);

    identity_free(&identity);
}

static void assert_refused(int64_t at, const char *file, const char *why)
{
    struct identity identity;
    const char *place = file ? path_of(file) : folder;

    ck_assert(!authority_open(&identity, folder, no_names, NULL, at, reason));
    ck_assert_ptr_null(identity.certificate);
    ck_assert_msg(strncmp(reason, place, strlen(place)) == 0 && reason[strlen(place)] == ':', "%s: %s", place, reason);
    ck_assert_msg(strstr(reason, why) != NULL, "%s\n  has no: %s", reason, why);
    ck_assert_ptr_null(strchr(reason, '\n'));
}

/* What opening the folder writes into the log. To be freed. */
static char *logged(void)
{
    char *path = folder_join(root, "log");
    int saved = dup(STDERR_FILENO), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
    open_at(now);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(file);
    char *text = read_text(path);
    free(path);
    return text;
}

static void assert_counted(const char *text, const char *part, int count)
{
    int found = 0;

    for (const char *at = text; (at = strstr(at, part)); at++)
        found++;
    ck_assert_msg(found == count, "%d times, not %d: %s\nin: %s", found, count, part, text);
}

/* --- certificates ----------------------------------------------------------------------------------------- */

static gnutls_x509_crt_t crt_of(const char *pem)
{
    gnutls_datum_t text = {(unsigned char *)(size_t)pem, (unsigned int)strlen(pem)};
    gnutls_x509_crt_t crt;

    ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
    ck_assert_int_eq(gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM), 0);
    return crt;
}

static gnutls_x509_crt_t crt_of_file(const char *name)
{
    char *pem = read_text(path_of(name));
    gnutls_x509_crt_t crt = crt_of(pem);

    free(pem);
    return crt;
}

static gnutls_x509_privkey_t key_of_file(const char *name)
{
    char *pem = read_text(path_of(name));
    gnutls_datum_t text = {(unsigned char *)pem, (unsigned int)strlen(pem)};
    gnutls_x509_privkey_t key;

    ck_assert_int_eq(gnutls_x509_privkey_init(&key), 0);
    ck_assert_int_eq(gnutls_x509_privkey_import(key, &text, GNUTLS_X509_FMT_PEM), 0);
    free(pem);
    return key;
}

static time_t verified_at(time_t *at)
{
    return at ? (*at = (time_t)now) : (time_t)now;
}

/* What a client that trusts ca.pem finds wrong with a certificate, asked for as `name`: bits of GnuTLS. */
static unsigned int faults_of(gnutls_x509_crt_t crt, const char *name)
{
    gnutls_typed_vdata_st asked[] = {
        {GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(size_t)name, 0},
        {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(size_t)GNUTLS_KP_TLS_WWW_SERVER, 0},
    };
    gnutls_x509_trust_list_t list;
    gnutls_x509_crt_t ca = crt_of_file("ca.pem");
    unsigned int faults = 0;

    gnutls_global_set_time_function(verified_at);
    ck_assert_int_eq(gnutls_x509_trust_list_init(&list, 0), 0);
    ck_assert_int_eq(gnutls_x509_trust_list_add_cas(list, &ca, 1, 0), 1);
    ck_assert_int_eq(gnutls_x509_trust_list_verify_crt2(list, &crt, 1, asked, COUNT(asked), 0, &faults, NULL), 0);
    gnutls_x509_trust_list_deinit(list, 1);
    gnutls_global_set_time_function(time);
    return faults;
}

static unsigned int faults_of_server(const char *name)
{
    gnutls_x509_crt_t crt = crt_of_file("server.pem");
    unsigned int faults = faults_of(crt, name);

    gnutls_x509_crt_deinit(crt);
    return faults;
}

static int64_t end_of_file(const char *name)
{
    gnutls_x509_crt_t crt = crt_of_file(name);
    int64_t end = gnutls_x509_crt_get_expiration_time(crt);

    gnutls_x509_crt_deinit(crt);
    return end;
}

static void assert_key_id(gnutls_x509_crt_t of, gnutls_x509_crt_t issuer)
{
    unsigned char id[64], issuer_id[64];
    size_t len = sizeof(id), issuer_len = sizeof(issuer_id);

    ck_assert_int_eq(gnutls_x509_crt_get_authority_key_id(of, id, &len, NULL), 0);
    ck_assert_int_eq(gnutls_x509_crt_get_subject_key_id(issuer, issuer_id, &issuer_len, NULL), 0);
    ck_assert_mem_eq(id, issuer_id, 20);
    ck_assert_uint_eq(len, issuer_len);
}

static void assert_serial(gnutls_x509_crt_t crt)
{
    unsigned char serial[64];
    size_t len = sizeof(serial);

    ck_assert_int_eq(gnutls_x509_crt_get_serial(crt, serial, &len), 0);
    ck_assert_uint_eq(len, 16);
    ck_assert_uint_eq(serial[0] >> 6, 1);
}

static void assert_subject(gnutls_x509_crt_t crt, const char *begin)
{
    char subject[256];
    size_t size = sizeof(subject);

    ck_assert_int_eq(gnutls_x509_crt_get_dn(crt, subject, &size), 0);
    ck_assert_msg(strncmp(subject, begin, strlen(begin)) == 0, "%s", subject);
}

/* --- the first start -------------------------------------------------------------------------------------- */

START_TEST(test_an_empty_folder_is_filled)
{
    struct identity identity = open_with(no_names, now);

    assert_holds(path_of("server.pem"), identity.certificate);
    assert_holds(path_of("server-key.pem"), identity.key);
    ck_assert_int_eq(mode_of(folder), 0700);
    for (size_t i = 0; i < COUNT(all_files); i++)
        ck_assert_int_eq(mode_of(path_of(all_files[i])), strstr(all_files[i], "key") ? 0600 : 0644);
    identity_free(&identity);
}
END_TEST

START_TEST(test_folders_above_it_are_made) // with the modes that mkdir -p would give them
{
    mode_t mask = umask(022);
    char *path = folder_join(folder, "a//b/");
    struct identity identity;

    ck_assert_msg(authority_open(&identity, path, no_names, NULL, now, reason), "%s", reason);
    umask(mask);
    identity_free(&identity);
    ck_assert_int_eq(mode_of(folder), 0755);
    ck_assert_int_eq(mode_of(path_of("a")), 0755);
    ck_assert_int_eq(mode_of(path_of("a/b")), 0700);
    char *ca = authority_ca_path(path), *bundle = authority_bundle_path(path);
    ck_assert_int_eq(mode_of(ca), 0644);
    ck_assert_int_eq(mode_of(bundle), 0644);
    ck_assert_str_eq(strstr(ca, "/a//"), "/a//b/ca.pem");
    free(ca);
    free(bundle);
    free(path);
}
END_TEST

START_TEST(test_the_server_is_trusted_under_each_name)
{
    open_at(now);
    for (size_t i = 0; i < COUNT(server_names); i++)
        ck_assert_uint_eq(faults_of_server(server_names[i]), 0);
    ck_assert_uint_eq(faults_of_server("abc.replicate.delivery"), 0);
    ck_assert_uint_ne(faults_of_server("a.b.replicate.delivery"), 0);
    ck_assert_uint_ne(faults_of_server("replicate.com"), 0);
    ck_assert_uint_ne(faults_of_server("127.0.0.2"), 0);
}
END_TEST

START_TEST(test_extensions_of_the_authority) // each of them is asked for by some client: Python 3.13, Go
{
    open_at(now);
    gnutls_x509_crt_t ca = crt_of_file("ca.pem");
    unsigned int critical = 0, usage, bits;
    int path_length, is_ca = gnutls_x509_crt_get_basic_constraints(ca, &critical, NULL, &path_length);

    ck_assert_int_eq(gnutls_x509_crt_get_version(ca), 3);
    ck_assert_int_gt(is_ca, 0);
    ck_assert_uint_ne(critical, 0);
    ck_assert_int_eq(path_length, 0);
    critical = 0;
    ck_assert_int_eq(gnutls_x509_crt_get_key_usage(ca, &usage, &critical), 0);
    ck_assert_uint_eq(usage, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    ck_assert_uint_ne(critical, 0);
    ck_assert_int_eq(gnutls_x509_crt_get_pk_algorithm(ca, &bits), GNUTLS_PK_ECDSA);
    ck_assert_uint_eq(bits, 256);
    ck_assert_int_eq(gnutls_x509_crt_get_signature_algorithm(ca), GNUTLS_SIGN_ECDSA_SHA256);
    ck_assert_int_eq(gnutls_x509_crt_get_activation_time(ca), now - DAY);
    ck_assert_int_eq(gnutls_x509_crt_get_expiration_time(ca), now + 3650 * (int64_t)DAY);
    assert_serial(ca);
    assert_subject(ca, "O=replicate-mock,CN=replicate-mock local authority ");
    gnutls_x509_crt_deinit(ca);
}
END_TEST

START_TEST(test_extensions_of_the_server)
{
    open_at(now);
    gnutls_x509_crt_t server = crt_of_file("server.pem"), ca = crt_of_file("ca.pem");
    unsigned int critical = 0, usage;
    char purpose[64];
    size_t size = sizeof(purpose);

    ck_assert_int_eq(gnutls_x509_crt_get_version(server), 3);
    ck_assert_int_eq(gnutls_x509_crt_get_ca_status(server, NULL), 0);
    ck_assert_int_eq(gnutls_x509_crt_get_key_usage(server, &usage, &critical), 0);
    ck_assert_uint_eq(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
    ck_assert_uint_ne(critical, 0);
    ck_assert_int_eq(gnutls_x509_crt_get_key_purpose_oid(server, 0, purpose, &size, NULL), 0);
    ck_assert_str_eq(purpose, GNUTLS_KP_TLS_WWW_SERVER);
    assert_key_id(server, ca);
    ck_assert_int_eq(gnutls_x509_crt_get_activation_time(server), now - 3600);
    ck_assert_int_eq(gnutls_x509_crt_get_expiration_time(server), now - 3600 + 397 * (int64_t)DAY);
    assert_serial(server);
    assert_subject(server, "CN=localhost");
    gnutls_x509_crt_deinit(server);
    gnutls_x509_crt_deinit(ca);
}
END_TEST

/* A certificate that whoever has the key of the authority could make. */
static gnutls_x509_crt_t forge(const char *name)
{
    gnutls_x509_crt_t ca = crt_of_file("ca.pem"), crt = crt_of_file("server.pem");
    gnutls_x509_privkey_t key = key_of_file("ca-key.pem");

    ck_assert_int_eq(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name),
                                                          GNUTLS_FSAN_SET),
                     0);
    ck_assert_int_eq(gnutls_x509_crt_sign2(crt, ca, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_datum_t pem;
    ck_assert_int_eq(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
    gnutls_x509_crt_deinit(crt);
    crt = crt_of((char *)pem.data);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_privkey_deinit(key);
    return crt;
}

START_TEST(test_a_stolen_key_is_good_for_nothing_else)
{
    static const struct {
        const char *name;
        bool trusted;
    } cases[] = {{"www.replicate.com", true},    {"mock.test", true},     {"replicate-mock", true},
                 {"host.docker.internal", true}, {"www.bank.com", false}, {"example.com", false},
                 {"notreplicate.com", false},    {"com", false}};

    open_at(now);
    for (size_t i = 0; i < COUNT(cases); i++) {
        gnutls_x509_crt_t forged = forge(cases[i].name);
        ck_assert_msg((faults_of(forged, cases[i].name) == 0) == cases[i].trusted, "%s", cases[i].name);
        gnutls_x509_crt_deinit(forged);
    }
}
END_TEST

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
    char command[2000];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(test_openssl_says_the_same) // as strictly as it can: so does Python from 3.13 on
{
    static const char *const more[] = {"a_b.test", "10.1.2.3", "fd00::1", "*.example.org", NULL};
    static const char *const hosts[] = {"localhost",          "api.replicate.com",    "stream.replicate.com",
                                        "replicate.delivery", "x.replicate.delivery", "a_b.test",
                                        "www.example.org"};
    static const char *const addresses[] = {"127.0.0.1", "::1", "10.1.2.3", "fd00::1"};
    struct identity identity = open_with(more, now);

    identity_free(&identity);
    if (run("command -v openssl >%s/which", root) != 0) {
        fprintf(stderr, "skipped test_openssl_says_the_same: openssl is not installed\n");
        return;
    }
    char verify[1000];
    snprintf(verify, sizeof(verify), "openssl verify -x509_strict -purpose sslserver -attime %lld -CAfile %s",
             (long long)now, path_of("ca.pem"));
    for (size_t i = 0; i < COUNT(hosts); i++)
        ck_assert_int_eq(run("%s -verify_hostname %s %s >%s/log", verify, hosts[i], path_of("server.pem"), root), 0);
    for (size_t i = 0; i < COUNT(addresses); i++)
        ck_assert_int_eq(run("%s -verify_ip %s %s >%s/log", verify, addresses[i], path_of("server.pem"), root), 0);
    ck_assert_int_ne(run("%s -verify_hostname x.com %s >%s/log 2>&1", verify, path_of("server.pem"), root), 0);
}
END_TEST

/* --- names ------------------------------------------------------------------------------------------------ */

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

START_TEST(test_names_that_are_valid)
{
    static const char *const good[] = {"a",
                                       "localhost",
                                       "API.replicate.com",
                                       "*.a",
                                       "*.a.b",
                                       "a_b",
                                       "_a",
                                       "xn--bcher-kva.test",
                                       "1a",
                                       "1.a",
                                       "127.0.0.1",
                                       "::1",
                                       "fe80::1",
                                       "::ffff:1.2.3.4",
                                       LABEL_63,
                                       LABEL_63 "." LABEL_63 "." LABEL_63
                                                ".aa2345678901234567890123456789012345678901234567890123456789"
                                                "1"};
    static const char *const bad[] = {"",
                                      ".",
                                      "*",
                                      "*.",
                                      "a.",
                                      ".a",
                                      "a..b",
                                      "a.*",
                                      "*a.b",
                                      "*.*.a",
                                      "a b",
                                      "a/b",
                                      "a:1",
                                      "http://a",
                                      "[::1]",
                                      "::1%lo",
                                      "1.2.3",
                                      "1.2.3.256",
                                      "127.1",
                                      "*.1.2.3.4",
                                      "-a",
                                      "a-",
                                      "a.-b",
                                      "b\xc3\xbc"
                                      "cher",
                                      "a\n",
                                      "1.2.3.4/8",
                                      LABEL_63 "x",
                                      LABEL_63 "." LABEL_63 "." LABEL_63
                                               ".aa2345678901234567890123456789012345678901234567890123456789"
                                               "12"};

    ck_assert_uint_eq(strlen(good[COUNT(good) - 1]), 253);
    ck_assert_uint_eq(strlen(bad[COUNT(bad) - 1]), 254);
    for (size_t i = 0; i < COUNT(good); i++) {
        struct identity identity = open_with((const char *const[]){good[i], NULL}, now);
        identity_free(&identity); // GnuTLS takes it as well
        ck_assert_int_eq(unlink(path_of("ca.pem")) | unlink(path_of("ca-key.pem")), 0);
        ck_assert_msg(authority_name_is_valid(good[i]), "%s", good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!authority_name_is_valid(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(test_names_are_there_once)
{
    static const char *const names[] = {"Mock.Test", "mock.test", "LOCALHOST", "0:0::0:1", "192.168.0.9", NULL};
    struct identity identity = open_with(names, now), again;
    gnutls_x509_crt_t crt = crt_of(identity.certificate);
    char name[256];
    size_t size = sizeof(name);

    for (unsigned int i = 0; i < 9; i++, size = sizeof(name))
        ck_assert_int_ge(gnutls_x509_crt_get_subject_alt_name(crt, i, name, &size, NULL), 0);
    ck_assert_int_lt(gnutls_x509_crt_get_subject_alt_name(crt, 9, name, &size, NULL), 0);
    ck_assert_uint_eq(faults_of(crt, "mock.test") | faults_of(crt, "192.168.0.9"), 0);
    again = open_with((const char *const[]){"192.168.0.9", "MOCK.test", NULL}, now);
    ck_assert_str_eq(again.certificate, identity.certificate); // the same names, so the same certificate
    gnutls_x509_crt_deinit(crt);
    identity_free(&identity);
    identity_free(&again);
}
END_TEST

START_TEST(test_other_names_ask_for_another_certificate)
{
    struct identity first = open_with(no_names, now), second = open_with((const char *const[]){"a.test", NULL}, now),
                    third = open_with(no_names, now);

    ck_assert_str_ne(first.certificate, second.certificate);
    ck_assert_str_ne(second.certificate, third.certificate);
    ck_assert_str_ne(first.key, second.key);
    identity_free(&first);
    identity_free(&second);
    identity_free(&third);
}
END_TEST

START_TEST(test_a_name_that_the_authority_may_not_vouch_for)
{
    static const char *const names[] = {"*.corp.example.com", "203.0.113.9", NULL};
    static const char *const others[] = {"corp.example.org", "203.0.113.8", "2001:db8::1"};
    struct identity identity = open_with(names, now);

    identity_free(&identity);
    ck_assert_uint_eq(faults_of_server("a.corp.example.com") | faults_of_server("203.0.113.9"), 0);
    char *before = read_text(path_of("ca.pem"));
    for (size_t i = 0; i < COUNT(others); i++) {
        char quoted[64];
        snprintf(quoted, sizeof(quoted), "\"%s\"", others[i]);
        ck_assert(!authority_open(&identity, folder, (const char *const[]){others[i], NULL}, NULL, now, reason));
        assert_counted(reason, quoted, 1);
        assert_counted(reason, path_of("ca.pem"), 1);
        assert_counted(reason, "delete ca.pem and ca-key.pem and start again", 1);
    }
    assert_holds(path_of("ca.pem"), before);
    free(before);
}
END_TEST

/* The one where the server listens, which nobody asked for: never a reason not to start. */
START_TEST(test_the_servers_own_address)
{
    static const char *const hosts[] = {"127.0.0.2", "192.168.7.7", "203.0.113.9", "mock.corp.example.com"};
    static const char *const none[] = {"127.1", "fe80::1%eth0", "a b", "198.51.100.1", "elsewhere.example.org"};
    struct identity identity;

    ck_assert_msg(authority_open(&identity, folder, no_names, "mock.corp.example.com", now, reason), "%s", reason);
    identity_free(&identity);
    ck_assert_uint_eq(faults_of_server("mock.corp.example.com") | faults_of_server("localhost"), 0);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        const char *const names[] = {i == 2 ? "a.test" : "b.test", NULL};
        ck_assert_msg(authority_open(&identity, folder, names, hosts[i], now, reason), "%s", reason);
        identity_free(&identity);
        ck_assert_int_eq(faults_of_server(hosts[i]) == 0, i != 2); // which was not there when the authority was made
        ck_assert_uint_eq(faults_of_server(names[0]), 0);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        ck_assert_msg(authority_open(&identity, folder, no_names, none[i], now, reason), "%s", reason);
        identity_free(&identity);
        ck_assert_uint_eq(faults_of_server("localhost"), 0);
    }
    ck_assert_msg(authority_open(&identity, folder, no_names, "127.0.0.1", now, reason), "%s", reason);
    struct identity same = open_with(no_names, now); // what is always there is no other name
    ck_assert_str_eq(identity.certificate, same.certificate);
    identity_free(&identity);
    identity_free(&same);
}
END_TEST

START_TEST(test_names_that_no_certificate_can_have)
{
    struct identity identity;
    char texts[200][16];
    const char *names[201] = {"a b", NULL};

    ck_assert(!authority_open(&identity, folder, names, NULL, now, reason));
    assert_counted(reason, "\"a b\"", 1);
    for (int i = 0; i < 200; i++) {
        snprintf(texts[i], sizeof(texts[i]), "h%d.test", i);
        names[i] = texts[i];
    }
    names[200] = NULL;
    ck_assert(!authority_open(&identity, folder, names, NULL, now, reason));
    assert_counted(reason, "more than 100 names", 1);
    ck_assert_int_ne(access(folder, F_OK), 0);
    names[93] = NULL;
    identity = open_with(names, now);
    identity_free(&identity);
    open_at(now); // so large an authority can be read again
}
END_TEST

/* --- time ------------------------------------------------------------------------------------------------- */

START_TEST(test_a_second_start_changes_nothing)
{
    struct stat before[COUNT(all_files)], after;

    open_at(now);
    for (size_t i = 0; i < COUNT(all_files); i++)
        ck_assert_int_eq(stat(path_of(all_files[i]), &before[i]), 0);
    open_at(now + DAY);
    for (size_t i = 0; i < COUNT(all_files); i++) {
        ck_assert_int_eq(stat(path_of(all_files[i]), &after), 0);
        ck_assert_uint_eq(before[i].st_ino, after.st_ino);
        ck_assert_int_eq(before[i].st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    }
}
END_TEST

START_TEST(test_the_server_is_renewed_90_days_before_its_end)
{
    open_at(now);
    char *ca = read_text(path_of("ca.pem")), *first = read_text(path_of("server.pem"));

    open_at(now + 306 * (int64_t)DAY);
    assert_holds(path_of("server.pem"), first);
    open_at(now + 308 * (int64_t)DAY);
    ck_assert_int_eq(end_of_file("server.pem"), now - 3600 + (308 + 397) * (int64_t)DAY);
    assert_holds(path_of("ca.pem"), ca);
    open_at(now + DAY); // a clock that was set back: the new one is not valid yet
    ck_assert_int_eq(end_of_file("server.pem"), now - 3600 + (1 + 397) * (int64_t)DAY);
    free(ca);
    free(first);
}
END_TEST

START_TEST(test_the_authority_ends_after_ten_years)
{
    open_at(now);
    open_at(now + 3600 * (int64_t)DAY);
    ck_assert_int_eq(end_of_file("server.pem"), now + 3650 * (int64_t)DAY); // not beyond its authority's
    char *last = read_text(path_of("server.pem"));
    open_at(now + 3640 * (int64_t)DAY);
    assert_holds(path_of("server.pem"), last); // another would not last longer
    assert_refused(
        now + 3650 * (int64_t)DAY, "ca.pem",
        "has expired: good from 2025-12-31T00:00:00Z to 2035-12-30T00:00:00Z, and it is 2035-12-30T00:00:00Z: "
        "delete ca.pem");
    assert_refused(now - 2 * DAY, "ca.pem", "is not valid yet: good from 2025-12-31T00:00:00Z to");
    assert_holds(path_of("server.pem"), last);
    free(last);
}
END_TEST

/* --- what is made anew ------------------------------------------------------------------------------------ */

static void assert_renewed(void)
{
    char *before = read_text(path_of("ca.pem"));
    struct identity identity = open_with(no_names, now);

    assert_holds(path_of("server.pem"), identity.certificate);
    assert_holds(path_of("server-key.pem"), identity.key);
    assert_holds(path_of("ca.pem"), before);
    ck_assert_uint_eq(faults_of_server("localhost"), 0);
    free(before);
    identity_free(&identity);
}

START_TEST(test_a_damaged_server_is_made_anew)
{
    static const char *const names[] = {"server.pem", "server-key.pem"};
    char *large = xmalloc(70000);

    memset(large, 'a', 70000);
    open_at(now);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(unlink(path_of(names[i])), 0);
        assert_renewed();
        write_text(path_of(names[i]), "");
        assert_renewed();
        write_text(path_of(names[i]), "-----BEGIN CERTIFICATE-----\nAAAA\n");
        assert_renewed();
        write_bytes(path_of(names[i]), large, 70000);
        assert_renewed();
    }
    char *other = read_text(path_of("ca-key.pem"));
    write_text(path_of("server-key.pem"), other); // a key, and not its own
    assert_renewed();
    free(other);
    free(large);
}
END_TEST

START_TEST(test_a_server_of_another_authority_is_made_anew)
{
    open_at(now);
    char *server = read_text(path_of("server.pem")), *key = read_text(path_of("server-key.pem"));

    ck_assert_int_eq(unlink(path_of("ca.pem")) | unlink(path_of("ca-key.pem")), 0);
    open_at(now);
    ck_assert_uint_eq(faults_of_server("localhost"), 0);
    write_text(path_of("server.pem"), server);
    write_text(path_of("server-key.pem"), key);
    ck_assert_uint_ne(faults_of_server("localhost"), 0);
    assert_renewed();
    free(server);
    free(key);
}
END_TEST

START_TEST(test_what_a_crash_leaves_does_not_count)
{
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_text(path_of(".ca.pem.a1b2c3"), "-----BEGIN CERTI");
    write_text(path_of(".ca-key.pem.a1b2c3"), "");
    open_at(now);
    ck_assert_uint_eq(faults_of_server("localhost"), 0);
}
END_TEST

/* --- the bundle ------------------------------------------------------------------------------------------- */

static void assert_bundle(void)
{
    char *ca = read_text(path_of("ca.pem")), *bundle = read_text(path_of("ca-bundle.pem"));
    size_t len = strlen(ca);

    ck_assert_int_eq(strncmp(bundle, ca, len), 0);
    assert_counted(bundle, SYSTEM, 1);
    assert_counted(bundle, "-----BEGIN", 2);
    free(ca);
    free(bundle);
}

START_TEST(test_a_bundle_does_not_hold_itself) // SSL_CERT_FILE is what `exec` sets
{
    open_at(now);
    assert_bundle();
    setenv("SSL_CERT_FILE", path_of("ca-bundle.pem"), 1);
    char *before = read_text(path_of("ca-bundle.pem"));
    open_at(now);
    assert_holds(path_of("ca-bundle.pem"), before);
    ck_assert_int_eq(unlink(path_of("ca.pem")) | unlink(path_of("ca-key.pem")), 0);
    open_at(now); // a new authority: the old one goes
    assert_bundle();
    char *other = folder_join(root, "other");
    snprintf(folder, sizeof(folder), "%s", other);
    open_at(now); // the bundle of another folder
    assert_bundle();
    free(other);
    free(before);
}
END_TEST

START_TEST(test_the_bundle_follows_the_system)
{
    open_at(now);
    char *ca = read_text(path_of("ca.pem")), *system = folder_join(root, "system.pem");

    write_text(system, SYSTEM SYSTEM);
    open_at(now);
    char *bundle = read_text(path_of("ca-bundle.pem"));
    assert_counted(bundle, SYSTEM, 2);
    free(bundle);
    setenv("SSL_CERT_FILE", path_of("ca.pem"), 1); // for clients that need nobody else
    open_at(now);
    bundle = read_text(path_of("ca-bundle.pem"));
    assert_counted(bundle, ca, 1);
    free(bundle);
    free(ca);
    free(system);
}
END_TEST

/* --- damage ----------------------------------------------------------------------------------------------- */

/* Puts a pair of another's making into the folder. */
static void write_pair(const char *organization, bool is_ca, gnutls_pk_algorithm_t kind, unsigned int bits)
{
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem;

    ck_assert_int_eq(gnutls_x509_crt_init(&crt) | gnutls_x509_privkey_init(&key), 0);
    ck_assert_int_eq(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_version(crt, 3) | gnutls_x509_crt_set_key(crt, key) |
                         gnutls_x509_crt_set_serial(crt, "1", 1) |
                         gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, organization,
                                                       (unsigned int)strlen(organization)) |
                         gnutls_x509_crt_set_activation_time(crt, (time_t)now) |
                         gnutls_x509_crt_set_expiration_time(crt, (time_t)now + DAY) |
                         gnutls_x509_crt_set_basic_constraints(crt, is_ca, -1),
                     0);
    ck_assert_int_eq(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
    ck_assert_int_eq(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_bytes(path_of("ca.pem"), (char *)pem.data, pem.size);
    gnutls_free(pem.data);
    ck_assert_int_eq(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), 0);
    write_bytes(path_of("ca-key.pem"), (char *)pem.data, pem.size);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

static void encrypt_key(void)
{
    gnutls_x509_privkey_t key = key_of_file("ca-key.pem");
    gnutls_datum_t pem;

    ck_assert_int_eq(
        gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, "secret", GNUTLS_PKCS_PBES2_AES_256, &pem), 0);
    write_bytes(path_of("ca-key.pem"), (char *)pem.data, pem.size);
    gnutls_free(pem.data);
    gnutls_x509_privkey_deinit(key);
}

static void write_large(const char *name)
{
    char *large = xmalloc(70000);

    memset(large, 'a', 70000);
    write_bytes(path_of(name), large, 70000);
    free(large);
}

/* Both files, then each in turn, hold what they held. */
START_TEST(test_an_authority_that_is_not_whole_is_refused)
{
    open_at(now);
    char *ca = read_text(path_of("ca.pem")), *key = read_text(path_of("ca-key.pem")),
         *server_key = read_text(path_of("server-key.pem")), *server = read_text(path_of("server.pem"));
    const struct {
        const char *file, *text; // NULL: it is missing
        const char *why;
    } cases[] = {
        {"ca.pem", NULL, "is missing, and ca-key.pem is there: put the certificate back, or delete"},
        {"ca-key.pem", NULL, "is missing, and ca.pem is there: put its key back, or delete"},
        {"ca.pem", "", "is empty, and has to be a certificate in PEM"},
        {"ca-key.pem", "", "is empty, and has to be a private key in PEM"},
        {"ca.pem", "no PEM\n", "is no whole certificate in PEM"},
        {"ca-key.pem", "no PEM\n", "is no whole private key in PEM"},
        {"ca.pem", key, "is no whole certificate in PEM"},
        {"ca-key.pem", ca, "is no whole private key in PEM"},
        {"ca.pem", server, "is not an authority that replicate-mock made"},
        {"ca-key.pem", server_key, "is another certificate's key"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        write_text(path_of("ca.pem"), ca);
        write_text(path_of("ca-key.pem"), key);
        if (cases[i].text)
            write_text(path_of(cases[i].file), cases[i].text);
        else
            ck_assert_int_eq(unlink(path_of(cases[i].file)), 0);
        assert_refused(now, cases[i].file, cases[i].why);
        if (cases[i].text)
            assert_holds(path_of(cases[i].file), cases[i].text);
        else
            ck_assert_int_ne(access(path_of(cases[i].file), F_OK), 0);
        assert_holds(path_of("server.pem"), server);
    }
    free(ca);
    free(key);
    free(server);
    free(server_key);
}
END_TEST

START_TEST(test_an_authority_of_another_kind_is_refused)
{
    open_at(now);
    encrypt_key();
    assert_refused(now, "ca-key.pem", "is encrypted with a password, and has to be without");
    write_pair("mkcert development CA", true, GNUTLS_PK_ECDSA, 256);
    assert_refused(now, "ca.pem", "is not an authority that replicate-mock made: name an empty folder");
    write_pair("replicate-mock", false, GNUTLS_PK_ECDSA, 256);
    assert_refused(now, "ca.pem", "is no authority's certificate (it has no CA:TRUE)");
    write_pair("replicate-mock", true, GNUTLS_PK_ECDSA, 384);
    assert_refused(now, "ca-key.pem", "is a key of another kind (RSA, say), and has to be ECDSA P-256");
    write_pair("replicate-mock", true, GNUTLS_PK_RSA, 2048);
    assert_refused(now, "ca-key.pem", "is a key of another kind");
}
END_TEST

START_TEST(test_files_that_are_none)
{
    if (is_skipped_for_root("test_files_that_are_none"))
        return;
    for (size_t i = 0; i < COUNT(all_files); i++) {
        const char *name = all_files[i];
        char kept[16], *path = xstrdup(path_of(name));
        open_at(now);
        snprintf(kept, sizeof(kept), "kept");
        ck_assert_int_eq(rename(path, path_of(kept)), 0);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        assert_refused(now, name, "is no regular file: move it out of the way");
        ck_assert_int_eq(unlink(path) | mkdir(path, 0700), 0);
        assert_refused(now, name, "is no regular file");
        ck_assert_int_eq(rmdir(path) | symlink("nowhere", path), 0);
        assert_refused(now, name, "is a symbolic link to a file that is not there");
        ck_assert_int_eq(unlink(path) | symlink(name, path), 0);
        assert_refused(now, name, "cannot be read: Too many levels of symbolic links");
        ck_assert_int_eq(unlink(path) | symlink(kept, path), 0);
        open_at(now); // what Kubernetes mounts is a link
        ck_assert_int_eq(chmod(path_of(kept), 0), 0);
        assert_refused(now, name, "cannot be read: Permission denied");
        ck_assert_int_eq(unlink(path) | chmod(path_of(kept), 0600) | rename(path_of(kept), path), 0);
        free(path);
    }
    write_large("ca.pem");
    assert_refused(now, "ca.pem", "is larger than 64 KiB");
}
END_TEST

START_TEST(test_folders_that_are_none)
{
    struct identity identity;

    if (is_skipped_for_root("test_folders_that_are_none"))
        return;
    write_text(folder, "");
    assert_refused(now, NULL, "is no folder");
    ck_assert_int_eq(unlink(folder) | symlink("nowhere", folder), 0);
    assert_refused(now, NULL, "cannot be opened as a folder: No such file or directory");
    ck_assert_int_eq(unlink(folder) | symlink("tls", folder), 0);
    assert_refused(now, NULL, "cannot be opened as a folder: Too many levels");
    ck_assert_int_eq(unlink(folder) | mkdir(folder, 0), 0);
    assert_refused(now, NULL, "cannot be opened as a folder: Permission denied");
    ck_assert_int_eq(chmod(folder, 0500), 0);
    assert_refused(now, "ca-key.pem", "cannot be written: Permission denied");
    ck_assert(!authority_open(&identity, path_of("a/b"), no_names, NULL, now, reason));
    assert_counted(reason, "the folder cannot be made", 1);
    ck_assert(!authority_open(&identity, "", no_names, NULL, now, reason));
    ck_assert_str_eq(reason, ": cannot be opened as a folder: No such file or directory");
}
END_TEST

START_TEST(test_a_long_path_leaves_room_for_the_reason)
{
    struct identity identity;
    char path[3000];

    snprintf(path, sizeof(path), "%s/system.pem/%02000d\n/end", root, 0);
    ck_assert(!authority_open(&identity, path, no_names, NULL, now, reason));
    assert_counted(reason, "0?/end: is no folder", 1);
    ck_assert_int_eq(strncmp(reason, "...0000", 7), 0);
}
END_TEST

/* --- a folder that is only read ---------------------------------------------------------------------------- */

START_TEST(test_a_prepared_authority_may_be_read_only)
{
    if (is_skipped_for_root("test_a_prepared_authority_may_be_read_only"))
        return;
    open_at(now);
    ck_assert_int_eq(
        unlink(path_of("server.pem")) | unlink(path_of("server-key.pem")) | unlink(path_of("ca-bundle.pem")), 0);
    ck_assert_int_eq(chmod(folder, 0500), 0);
    struct identity identity = open_with(no_names, now);
    gnutls_x509_crt_t crt = crt_of(identity.certificate);
    ck_assert_uint_eq(faults_of(crt, "api.replicate.com"), 0);
    char *text = logged();
    assert_counted(text,
                   "server-key.pem: cannot be written: Permission denied: the server's certificate stays in memory", 1);
    assert_counted(text, "ca-bundle.pem: cannot be written: Permission denied: clients that need it have none", 1);
    free(text);
    gnutls_x509_crt_deinit(crt);
    identity_free(&identity);
}
END_TEST

START_TEST(test_a_complete_folder_that_is_read_only_is_quiet)
{
    if (is_skipped_for_root("test_a_complete_folder_that_is_read_only_is_quiet"))
        return;
    open_at(now);
    ck_assert_int_eq(chmod(folder, 0500), 0);
    char *text = logged();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(test_a_key_that_others_can_read_is_told_once)
{
    open_at(now);
    ck_assert_int_eq(chmod(path_of("ca-key.pem"), 0640), 0);
    char *text = logged();
    assert_counted(text, "warn", 1);
    assert_counted(text, path_of("ca-key.pem: others can read this key: its mode is 0640, and should be 0600"), 1);
    ck_assert_int_eq(mode_of(path_of("ca-key.pem")), 0640);
    free(text);
}
END_TEST

/* --- several processes ------------------------------------------------------------------------------------- */

START_TEST(test_a_lock_is_waited_for_and_not_for_ever)
{
    struct folder ours;

    ck_assert(folder_open(&ours, folder, 0700, reason));
    int theirs = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(flock(theirs, LOCK_EX), 0);
    ck_assert(!folder_lock(&ours, 40, reason));
    assert_counted(reason, "another process has kept the folder locked for 40 ms", 1);
    ck_assert_int_eq(flock(theirs, LOCK_UN), 0);
    ck_assert(folder_lock(&ours, 0, reason));
    ck_assert_int_ne(flock(theirs, LOCK_EX | LOCK_NB), 0);
    folder_close(&ours);
    ck_assert_int_eq(flock(theirs, LOCK_EX | LOCK_NB), 0);
    close(theirs);
}
END_TEST

/* In a process of its own: when the gate opens, opens the folder and says whom it would show. */
static _Noreturn void be_server(int gate, int out)
{
    struct identity identity;
    char byte;

    ck_assert_int_eq(read(gate, &byte, 1), 0);
    if (!authority_open(&identity, folder, no_names, NULL, now, reason))
        _exit(1);
    size_t len = strlen(identity.certificate) + 1;
    _exit(write(out, identity.certificate, len) == (ssize_t)len ? 0 : 1); // less than a pipe takes at once
}

START_TEST(test_eight_processes_have_one_authority)
{
    enum { PROCESSES = 8 };
    int gate[2], out[2], status;
    char texts[65536];
    size_t len = 0, count = 0;
    ssize_t got;

    ck_assert_int_eq(pipe(gate) | pipe(out), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            close(gate[1]);
            be_server(gate[0], out[1]);
        }
    close(gate[0]);
    close(gate[1]);
    close(out[1]);
    while ((got = read(out[0], texts + len, sizeof(texts) - len)) > 0)
        len += (size_t)got;
    close(out[0]);
    for (int i = 0; i < PROCESSES; i++)
        ck_assert(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (const char *pem = texts; pem < texts + len; pem += strlen(pem) + 1, count++) {
        gnutls_x509_crt_t crt = crt_of(pem);
        ck_assert_uint_eq(faults_of(crt, "localhost"), 0); // by the ca.pem that is there now
        ck_assert_str_eq(pem, texts);                      // and they share the server's
        gnutls_x509_crt_deinit(crt);
    }
    ck_assert_uint_eq(count, PROCESSES);
}
END_TEST

/* --- every damage ------------------------------------------------------------------------------------------ */

/* Good or refused, in one line and with the file as it was. */
static void assert_judged(const char *path, const char *bytes, size_t len)
{
    struct identity identity;

    write_bytes(path, bytes, len);
    if (authority_open(&identity, folder, no_names, NULL, now, reason))
        identity_free(&identity);
    else
        ck_assert_ptr_null(strchr(reason, '\n'));
    char *found = read_text(path);
    ck_assert_mem_eq(found, bytes, len);
    free(found);
}

static void damage(const char *name)
{
    const char *path = path_of(name);
    char *good = read_text(path), *bad = xstrdup(good);
    size_t len = strlen(good), step = getenv("UNDER_VALGRIND") ? 37 : 1;

    for (size_t cut = 0; cut < len; cut += step)
        assert_judged(path, good, cut);
    for (size_t i = 0; i < len; i += 3 * step) {
        bad[i] = (char)(good[i] ^ (1 << i % 8));
        assert_judged(path, bad, len);
        bad[i] = good[i] == 'A' ? 'B' : 'A'; // still base64: the damage is in what is encoded
        assert_judged(path, bad, len);
        bad[i] = good[i];
    }
    write_text(path, good);
    open_at(now);
    free(good);
    free(bad);
}

START_TEST(test_every_damage_is_good_or_refused)
{
    open_at(now);
    damage("ca.pem");
    damage("ca-key.pem");
}
END_TEST

START_TEST(test_a_changed_authority_is_not_passed_as_whole) // its signature tells, if nothing else does
{
    struct identity identity;
    int by_signature = 0;

    open_at(now);
    char *good = read_text(path_of("ca.pem")), *bad = xstrdup(good);
    size_t begin = strcspn(good, "\n") + 1, end = (size_t)(strstr(good, "-----END") - good) - 4; // without padding
    for (size_t i = begin; i < end; i += 5) {
        if (good[i] == '\n')
            continue;
        bad[i] = good[i] == 'A' ? 'B' : 'A';
        write_text(path_of("ca.pem"), bad);
        ck_assert_msg(!authority_open(&identity, folder, no_names, NULL, now, reason), "changed at %zu: %s", i, bad);
        by_signature += strstr(reason, "is damaged: its signature is not of its text") != NULL;
        bad[i] = good[i];
    }
    ck_assert_int_gt(by_signature, 50);
    free(good);
    free(bad);
}
END_TEST

SUITE_WITH("authority", set_up, tear_down, test_an_empty_folder_is_filled, test_folders_above_it_are_made,
           test_the_server_is_trusted_under_each_name, test_extensions_of_the_authority, test_extensions_of_the_server,
           test_a_stolen_key_is_good_for_nothing_else, test_openssl_says_the_same, test_names_that_are_valid,
           test_names_are_there_once, test_other_names_ask_for_another_certificate,
           test_a_name_that_the_authority_may_not_vouch_for, test_the_servers_own_address,
           test_names_that_no_certificate_can_have, test_a_second_start_changes_nothing,
           test_the_server_is_renewed_90_days_before_its_end, test_the_authority_ends_after_ten_years,
           test_a_damaged_server_is_made_anew, test_a_server_of_another_authority_is_made_anew,
           test_what_a_crash_leaves_does_not_count, test_a_bundle_does_not_hold_itself,
           test_the_bundle_follows_the_system, test_an_authority_that_is_not_whole_is_refused,
           test_an_authority_of_another_kind_is_refused, test_files_that_are_none, test_folders_that_are_none,
           test_a_long_path_leaves_room_for_the_reason, test_a_prepared_authority_may_be_read_only,
           test_a_complete_folder_that_is_read_only_is_quiet, test_a_key_that_others_can_read_is_told_once,
           test_a_lock_is_waited_for_and_not_for_ever, test_eight_processes_have_one_authority,
           test_every_damage_is_good_or_refused, test_a_changed_authority_is_not_passed_as_whole);
