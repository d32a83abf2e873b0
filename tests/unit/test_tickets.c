#include "lib/suite.h"
#include "tls/certificate.h"
#include "tls/tickets.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static gnutls_certificate_credentials_t server_credentials, client_credentials;

static void set_up(void)
{
    struct names names = {0};
    int64_t now = time(NULL);

    ck_assert(names_add(&names, "localhost"));
    struct certificate *authority = certificate_new_authority("of a test", &names, now);
    struct certificate *server = certificate_new_server(authority, &names, now);
    char *certificate = certificate_pem(server), *key = certificate_key_pem(server),
         *trusted = certificate_pem(authority);
    gnutls_datum_t texts[] = {{(unsigned char *)certificate, (unsigned int)strlen(certificate)},
                              {(unsigned char *)key, (unsigned int)strlen(key)},
                              {(unsigned char *)trusted, (unsigned int)strlen(trusted)}};

    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&server_credentials), 0);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&client_credentials), 0);
    ck_assert_int_eq(gnutls_certificate_set_x509_key_mem(server_credentials, &texts[0], &texts[1], GNUTLS_X509_FMT_PEM),
                     0);
    ck_assert_int_eq(gnutls_certificate_set_x509_trust_mem(client_credentials, &texts[2], GNUTLS_X509_FMT_PEM), 1);
    free(certificate);
    free(key);
    free(trusted);
    certificate_free(server);
    certificate_free(authority);
}

static void tear_down(void)
{
    gnutls_certificate_free_credentials(server_credentials);
    gnutls_certificate_free_credentials(client_credentials);
}

static gnutls_session_t session_new(unsigned int kind, int fd, const char *version)
{
    char priority[64] = "NORMAL:-VERS-ALL:+VERS-";
    gnutls_session_t session;

    strcat(priority, version);
    ck_assert_int_eq(gnutls_init(&session, kind | GNUTLS_NONBLOCK), 0);
    ck_assert_int_eq(gnutls_priority_set_direct(session, priority, NULL), 0);
    ck_assert_int_eq(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
                                            kind == GNUTLS_SERVER ? server_credentials : client_credentials),
                     0);
    gnutls_transport_set_int(session, fd);
    return session;
}

/* Both ends in turn, until the client has read a byte: a ticket comes before it. */
static void talk(gnutls_session_t server, gnutls_session_t client)
{
    int server_code = GNUTLS_E_AGAIN, client_code = GNUTLS_E_AGAIN;
    char byte;

    for (int turn = 0; turn < 20 && (server_code != 0 || client_code != 0); turn++) {
        if (client_code != 0)
            client_code = gnutls_handshake(client);
        if (server_code != 0)
            server_code = gnutls_handshake(server);
        ck_assert(client_code == 0 || !gnutls_error_is_fatal(client_code));
        ck_assert(server_code == 0 || !gnutls_error_is_fatal(server_code));
    }
    ck_assert_int_eq(server_code | client_code, 0);
    ck_assert_int_eq(gnutls_record_send(server, "a", 1), 1);
    for (int turn = 0; turn < 20 && gnutls_record_recv(client, &byte, 1) != 1; turn++)
        ck_assert_int_lt(turn, 19);
}

/* A connection of a client that comes back with what `memory` holds, and remembers this one instead. Was its handshake
 * a short one? */
static bool connect_again(const struct tickets *tickets, const char *version, gnutls_datum_t *memory)
{
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    gnutls_session_t server = session_new(GNUTLS_SERVER, ends[0], version);
    gnutls_session_t client = session_new(GNUTLS_CLIENT, ends[1], version);
    gnutls_session_set_verify_cert(client, "localhost", 0);
    if (tickets)
        tickets_enable(tickets, server);
    if (memory->data)
        ck_assert_int_eq(gnutls_session_set_data(client, memory->data, memory->size), 0);
    talk(server, client);
    bool resumed = gnutls_session_is_resumed(server) != 0;
    gnutls_free(memory->data);
    ck_assert_int_eq(gnutls_session_get_data2(client, memory), 0);
    gnutls_deinit(server);
    gnutls_deinit(client);
    close(ends[0]);
    close(ends[1]);
    return resumed;
}

START_TEST(test_who_comes_back_is_known)
{
    static const char *const versions[] = {"TLS1.2", "TLS1.3"};
    struct tickets *tickets = tickets_new(), *others = tickets_new();

    for (size_t i = 0; i < COUNT(versions); i++) {
        gnutls_datum_t memory = {0};
        ck_assert(!connect_again(tickets, versions[i], &memory));
        ck_assert(connect_again(tickets, versions[i], &memory));
        ck_assert(connect_again(tickets, versions[i], &memory));
        ck_assert(!connect_again(others, versions[i], &memory)); // a server that has started anew
        gnutls_free(memory.data);
    }
    tickets_free(tickets);
    tickets_free(others);
    tickets_free(NULL);
}
END_TEST

START_TEST(test_without_tickets_nobody_is) // why they are worth it
{
    gnutls_datum_t memory = {0};

    ck_assert(!connect_again(NULL, "TLS1.2", &memory));
    ck_assert(!connect_again(NULL, "TLS1.2", &memory));
    gnutls_free(memory.data);
}
END_TEST

SUITE_WITH("tickets", set_up, tear_down, test_who_comes_back_is_known, test_without_tickets_nobody_is);
