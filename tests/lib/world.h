/* The whole program on a stage: real layers, a socket pair for a wire, and time that moves only when a test says so.
 * No port, no thread of ours, no sleep. A test reads as a transcript:
 *
 *     struct stage *stage = world_new("--boot 100ms --predict 1s");
 *     world_send(stage, "POST /v1/predictions", NULL, CREATE);
 *     world_expect(stage, 201, "{'status':'starting'}");
 *     world_advance(stage, 100);
 *     world_send(stage, "GET /v1/predictions/{id}", NULL, NULL);
 *     world_expect(stage, 200, "{'status':'processing'}");
 *     world_free(stage);
 *
 * At every step it is checked that statuses move along allowed edges only, that the times of a prediction are in order
 * and that each completes once; and of every answer that it is as our own description of the API has it. */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "app.h"
#include "base/json.h"

#include <stdbool.h>

/* Where a stage's clocks begin: 2026-01-01T00:00:00Z. */
#define STAGE_START "2026-01-01T00:00:00Z"

#define VERSION "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
/* The least that ControlNet wants, and a body with it. */
#define INPUT  "'image':'https://example.com/a.png','prompt':'a turtle','structure':'canny'"
#define CREATE "{'version':'" VERSION "','input':{" INPUT ",'seed':7}}"

struct stage;
struct client;
struct fake_transfer;

struct answer {
    int status;
    char *head; /* status line and headers */
    char *body;
    size_t len;
};

/* The program with these options, separated by blanks. */
struct stage *world_new(const char *options);

/* Ends it and asserts that nothing is left: no exchange, no job, no waiting prediction's observer. */
void world_free(struct stage *stage);

struct app *world_app(struct stage *stage);

/* Adds a model object to its catalogue; ' stands for ". */
void world_add_model(struct stage *stage, const char *json);

/* Real time passes, this many milliseconds, in one go; what falls due happens. */
void world_advance(struct stage *stage, double ms);

/* The same in nanoseconds. */
void world_pass(struct stage *stage, int64_t ns);

/* Turns until nothing is left to do at this instant; waits for slow work that is under way. */
void world_settle(struct stage *stage);

/* Whether world_settle, and so all the rest, waits for slow work: it does unless a gate is closed (lib/gate.h). */
void world_wait_for_jobs(struct stage *stage, bool wait);

/* Another connection. Freed with the stage, or sooner by client_leave, which closes it. */
struct client *world_client(struct stage *stage);
void client_leave(struct client *client);

/* Sends a request: "METHOD /path", lines of headers ("Prefer: wait\nX: y") or NULL, a body or NULL. In all three, and
 * in what is expected, a ' stands for a ", and {id} for the id of what was created last on the stage. The token is `test`
 * unless the headers have an Authorization line ("Authorization: -": none is sent). */
void client_send(struct client *client, const char *request, const char *headers, const char *body);

/* Sends bytes as they are. */
void client_send_raw(struct client *client, const char *bytes, size_t len);

/* Puts bytes into the socket while the program stands still. */
void client_put_raw(struct client *client, const char *bytes, size_t len);

/* The answer is there, has this status (0: any), and its JSON holds what `json` says (NULL: it is not looked at): each member of
 * an object, all elements of an array, numbers by value; '*' is anything, '<absent>' a member that is not there. */
void client_expect(struct client *client, int status, const char *json);
void client_expect_waiting(struct client *client); /* nothing has come back */
bool client_is_answered(struct client *client);    /* something has come back */
bool client_is_closed(struct client *client);      /* the server has closed the connection */

/* The next answer is not as schema/openapi.json has it, on purpose: a rule of the test's own made it up. */
void world_undescribed(struct stage *stage);

/* The answer has begun and goes on: since the last call exactly these bytes of its body have come (without the framing of
 * their chunks). client_answer has its head. */
void client_expect_stream(struct client *client, const char *bytes);
const char *client_stream(struct client *client);    /* what client_expect_stream would look at now */
bool client_stream_has_ended(struct client *client); /* as it should, or because the connection was closed */

/* The same for the stage's first connection. */
void world_send(struct stage *stage, const char *request, const char *headers, const char *body);
void world_expect(struct stage *stage, int status, const char *json);

/* Sends and expects in one. */
void world_ask(struct stage *stage, const char *request, const char *headers, const char *body, int status,
               const char *json);

/* Webhooks. They go nowhere by themselves: a test sees those under way and answers them, the oldest first. */
size_t world_hooks(struct stage *stage);

/* The oldest goes to `url` and its JSON holds what `json` says, as in client_expect. */
void world_hook_expect(struct stage *stage, const char *url, const char *json);
const char *world_hook_header(struct stage *stage, const char *name); /* of the oldest; "" where there is none */
const char *world_hook_body(struct stage *stage, size_t *len);

/* It is answered with that status, or fails for that reason; and whatever follows at this instant happens. */
void world_hook_answer(struct stage *stage, int status);
void world_hook_fail(struct stage *stage, const char *error);

/* Any of those under way, whichever a test likes: 0 is the oldest. */
const struct fake_transfer *world_hook_at(struct stage *stage, size_t place);
void world_hook_answer_at(struct stage *stage, size_t place, int status);
void world_hook_fail_at(struct stage *stage, size_t place, const char *error);

/* Expects and answers 200. */
void world_hook(struct stage *stage, const char *url, const char *json);

/* Input files that are fetched (--fetch-inputs). world_hooks does not count them; a test sees those under
 * way and answers them, the oldest first. */
size_t world_fetches(struct stage *stage);
void world_fetch_expect(struct stage *stage, const char *url); /* the oldest goes to `url` */

/* The oldest is answered with that status and those bytes (none are kept where it is 400 or more, and more than were asked
 * for are an error), or fails for that reason; and whatever follows at this instant happens, slow work included. */
void world_fetch_answer(struct stage *stage, int status, const void *bytes, size_t len);
void world_fetch_fail(struct stage *stage, const char *error);

/* What came last, whole; a text of its JSON by path ("urls.get", "results.0.id"), or "" where there is none. */
const struct answer *client_answer(struct client *client);
const struct answer *world_answer(struct stage *stage);
const char *world_text(struct stage *stage, const char *path);
const char *answer_header(const struct answer *answer, const char *name); /* "" where there is none */

/* The id of what was created last (by any client). */
const char *world_id(struct stage *stage);

#endif
