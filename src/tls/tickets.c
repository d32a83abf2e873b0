#include "tls/tickets.h"
#include "base/mem.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>

struct tickets {
    gnutls_datum_t key; // GnuTLS derives another from it every few hours
};

struct tickets *tickets_new(void)
{
    struct tickets *tickets = xnew(struct tickets);

    if (gnutls_session_ticket_key_generate(&tickets->key) < 0)
        tickets->key = (gnutls_datum_t){0};
    return tickets;
}

void tickets_free(struct tickets *tickets)
{
    if (!tickets)
        return;
    gnutls_memset(tickets->key.data, 0, tickets->key.size); // with it recorded traffic can be read
    gnutls_free(tickets->key.data);
    free(tickets);
}

void tickets_enable(const struct tickets *tickets, void *session)
{
    if (tickets->key.size > 0)
        gnutls_session_ticket_enable_server(session, &tickets->key);
}
