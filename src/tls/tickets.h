/* Session tickets of a TLS server: a client that comes back shows one, and the handshake costs a third. libmicrohttpd
 * has no setting for them. */
#ifndef TLS_TICKETS_H
#define TLS_TICKETS_H

/* The key under which tickets are written: whoever wrote one can read it, until tickets_free. */
struct tickets;

struct tickets *tickets_new(void);
void tickets_free(struct tickets *tickets); /* NULL is fine; not before the last session that was enabled has ended */

/* Has a session of a server's (a gnutls_session_t) give tickets and take them. Before its handshake. Where GnuTLS cannot
 * make a key, nothing happens: every handshake is a full one then. */
void tickets_enable(const struct tickets *tickets, void *session);

#endif
