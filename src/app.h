/* The composition root: owns every object, wires them, holds the loop. */
#ifndef APP_H
#define APP_H

#include "config.h"
#include "core/clock.h"
#include "http/server.h"
#include "tls/authority.h"

#include <sys/socket.h>

struct app;
struct transport;
struct worker;

/* What lies outside of the program; a test brings its own. */
struct outside {
    void (*read_time)(void *arg, struct timebase *base);
    void *arg;
    struct transport *transport; /* taken over */
};

/* `config` must outlive the app. A NULL `outside` means the machine's clocks and network. */
struct app *app_new(const struct config *config, const struct outside *outside);
void app_free(struct app *app);

/* Makes HTTPS ready, with that certificate, which is not needed afterwards; before app_listen. False: the library does
 * not take it. */
bool app_speak_tls(struct app *app, const struct identity *identity);

/* Where the program listens. */
struct ports {
    int http;
    int https; /* -1: it does not */
};

/* Listens where the config says, at both doors if TLS is ready. False: `reason` says why not. */
bool app_listen(struct app *app, struct ports *ports, char reason[256]);

/* Takes a connected, non-blocking stream socket as if a client had come by that door. */
bool app_adopt(struct app *app, enum door door, int fd, const struct sockaddr *address, socklen_t len);

/* One turn of the loop. With `may_wait` it first sleeps until there is something to do. True: something was done. */
bool app_turn(struct app *app, bool may_wait);

/* What app_run can be told. */
enum app_order { APP_STOP, APP_RELOAD };

/* Turns until the app is told something, which it returns. Told to stop, it first answers what was accepted, within 1.5 s;
 * otherwise call it again. */
enum app_order app_run(struct app *app);

/* A descriptor: a byte with an order, written to it from a signal handler too, is what app_run is told. */
int app_order_fd(const struct app *app);

/* How requests leave it: for a client in the same process. */
struct transport *app_transport(struct app *app);

/* What tests look at. */
struct worlds *app_worlds(struct app *app);
struct server *app_server(struct app *app);
struct catalog *app_catalog(struct app *app);
struct worker *app_worker(struct app *app);
size_t app_jobs(const struct app *app);                /* slow work under way */
bool app_wait_for_jobs(const struct app *app, int ms); /* until some of it is done; false: not in that time */

#endif
