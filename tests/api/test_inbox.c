/* The inbox: whose it is, what it shows of what came, what it answers, and what bounds it. */
#include "core/inbox.h"
#include "core/signature.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET   "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"
#define OTHER    "whsec_YW5vdGhlciBrZXkgdGhhbiB0aGF0IG9uZQ=="
#define NOBODY   "Authorization: -"
#define SOMEBODY "Authorization: Bearer somebody"
#define UNSIGNED "it is not signed: webhook-id, webhook-timestamp and webhook-signature are not all there"
#define MISMATCH "the signature does not match: it is of another secret, id, timestamp or body"

/* --- posting ------------------------------------------------------------------------------------------------------- */

/* Bytes as they are, with these lines of headers ("" for none) and no others but Host and Content-Length. */
static void post_bytes(struct client *client, const char *name, const char *headers, const char *body, size_t len)
{
    struct buf out = {0};

    buf_printf(&out, "POST /_mock/inbox/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n", name, len);
    for (const char *line = headers; *line; line += strcspn(line, "\n"), line += *line == '\n')
        buf_printf(&out, "%.*s\r\n", (int)strcspn(line, "\n"), line);
    buf_lit(&out, "\r\n");
    buf_add(&out, body, len);
    client_send_raw(client, out.data, out.len);
    buf_free(&out);
}

static void post(struct client *client, const char *name, const char *headers, const char *body)
{
    post_bytes(client, name, headers, body, strlen(body));
    client_expect(client, 200, "{'status':200}");
}

/* What the network was given of a webhook. */
struct message {
    char id[64], timestamp[32], signature[64], body[4096];
};

/* Of a ControlNet prediction of the stage's own world that has just succeeded; the hook is left without an answer. */
static struct message message_of_ours(struct stage *stage)
{
    struct message message;
    size_t len;

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'http://app.test/','webhook_events_filter':"
              "['completed']}",
              201, NULL);
    world_advance(stage, 1100);
    snprintf(message.id, sizeof(message.id), "%s", world_hook_header(stage, "webhook-id"));
    snprintf(message.timestamp, sizeof(message.timestamp), "%s", world_hook_header(stage, "webhook-timestamp"));
    snprintf(message.signature, sizeof(message.signature), "%s", world_hook_header(stage, "webhook-signature"));
    const char *body = world_hook_body(stage, &len);
    ck_assert_uint_lt(len, sizeof(message.body));
    snprintf(message.body, sizeof(message.body), "%s", body);
    return message;
}

static void post_message(struct client *client, const struct message *message, const char *more)
{
    char headers[512];
    size_t at = 0;
    const struct {
        const char *name, *value;
    } all[] = {{"webhook-id", message->id},
               {"webhook-timestamp", message->timestamp},
               {"webhook-signature", message->signature}};

    for (size_t i = 0; i < COUNT(all); i++)
        if (*all[i].value)
            at += (size_t)snprintf(headers + at, sizeof(headers) - at, "%s: %s\n", all[i].name, all[i].value);
    snprintf(headers + at, sizeof(headers) - at, "%s", more);
    post(client, "a", headers, message->body);
}

/* So many entries are in the inbox of whoever `who` names (NULL: the stage's own world). */
static void expect_count(struct stage *stage, const char *name, const char *who, size_t count)
{
    char request[256];
    struct buf expected = {0};

    buf_lit(&expected, "{'results':[");
    for (size_t i = 0; i < count; i++)
        buf_str(&expected, i == 0 ? "'*'" : ",'*'");
    buf_lit(&expected, "]}");
    snprintf(request, sizeof(request), "GET /_mock/inbox/%s?limit=1000", name);
    world_ask(stage, request, who, NULL, 200, buf_cstr(&expected));
    buf_free(&expected);
}

/* --- whose it is --------------------------------------------------------------------------------------------------- */

START_TEST(test_a_delivery_of_ours)
{
    struct stage *stage = world_new("--webhook-secret " SECRET);
    struct client *sender = world_client(stage);
    struct message message = message_of_ours(stage);

    post_message(sender, &message, "content-type: application/json\nuser-agent: Webhooks/1.66.0 (sender-9YMgn)\n");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'at':'2026-01-01T00:00:01.1Z','verified':true,'why':null,'world':'<absent>','headers':{"
              "'host':'localhost','content-type':'application/json','webhook-timestamp':'1767225601',"
              "'user-agent':'Webhooks/1.66.0 (sender-9YMgn)','authorization':'<absent>'}}]}");
    ck_assert_str_eq(world_text(stage, "results.0.body"), message.body);
    ck_assert_str_eq(world_text(stage, "results.0.headers.webhook-id"), message.id);
    ck_assert_str_eq(world_text(stage, "results.0.headers.webhook-signature"), message.signature);
    post_message(sender, &message, ""); // no type, and it is JSON all the same
    // Its world is that of the message, whoever brings it.
    post_message(sender, &message, "Authorization: Bearer somebody");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'verified':true},{'verified':true},{'verified':true}]}");
    expect_count(stage, "a", SOMEBODY, 0);
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':1}");
    world_hook_answer(stage, 200);
    post_message(sender, &message, ""); // and when it is concluded
    expect_count(stage, "a", NULL, 4);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_verified)
{
    static const struct {
        const char *what, *why;
    } cases[] = {
        {"body", MISMATCH},
        {"shorter", MISMATCH},
        {"secret", MISMATCH},
        {"later", MISMATCH},
        {"base64", "the signature does not match: it is not the base64 of 32 bytes"},
        {"version", "no signature of version v1"},
        {"timestamp", "the timestamp is no whole number of seconds since 1970"},
        {"no timestamp", UNSIGNED},
        {"no signature", UNSIGNED},
    };
    struct stage *stage = world_new("--webhook-secret " SECRET);
    struct client *sender = world_client(stage);
    const struct message ours = message_of_ours(stage);
    size_t len = strlen(ours.body);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct message message = ours;
        const char *what = cases[i].what;
        if (strcmp(what, "body") == 0)
            message.body[len / 2] ^= 1;
        else if (strcmp(what, "shorter") == 0)
            message.body[len - 1] = '\0';
        else if (strcmp(what, "secret") == 0)
            signature_make(message.signature, OTHER, ours.id, 1767225601, (struct slice){ours.body, len});
        else if (strcmp(what, "later") == 0)
            snprintf(message.timestamp, sizeof(message.timestamp), "1767225602");
        else if (strcmp(what, "base64") == 0)
            message.signature[SIGNATURE_LEN - 1] = '\0';
        else if (strcmp(what, "version") == 0)
            message.signature[1] = '2';
        else if (strcmp(what, "timestamp") == 0)
            snprintf(message.timestamp, sizeof(message.timestamp), "now");
        else if (strcmp(what, "no timestamp") == 0)
            message.timestamp[0] = '\0';
        else
            message.signature[0] = '\0';
        post_message(sender, &message, "");
        // Whose it says it is, it is.
        world_ask(stage, "GET /_mock/inbox/a?limit=1", NULL, NULL, 200, "{'results':[{'verified':false}]}");
        ck_assert_msg(strcmp(world_text(stage, "results.0.why"), cases[i].why) == 0, "%s: %s", what,
                      world_text(stage, "results.0.why"));
        world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
    }
    // One of several that fits is enough.
    char headers[512];
    snprintf(headers, sizeof(headers), "webhook-id: %s\nWebhook-Timestamp: %s\nWEBHOOK-SIGNATURE: v1,bm8= %s v2,x",
             ours.id, ours.timestamp, ours.signature);
    post(sender, "a", headers, ours.body);
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200, "{'results':[{'verified':true,'why':null}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_others_send)
{
    struct stage *stage = world_new("--webhook-secret " SECRET);
    struct client *sender = world_client(stage);
    struct message message = message_of_ours(stage);

    message.id[31] = '\0';
    memcpy(message.id + 20, "00000000000", 11); // nobody's
    post_message(sender, &message, "Authorization: Token somebody");
    world_ask(stage, "GET /_mock/inbox/a", SOMEBODY, NULL, 200,
              "{'results':[{'verified':false,'why':'" MISMATCH "','headers':{'authorization':'(redacted)'}}]}");
    // Signed with our secret is verified, whoever did it.
    signature_make(message.signature, SECRET, message.id, 1767225601,
                   (struct slice){message.body, strlen(message.body)});
    post_message(sender, &message, "");
    world_ask(stage, "GET /_mock/inbox/a", NOBODY, NULL, 200,
              "{'results':[{'verified':true,'world':null},{'verified':false,'world':'*'}]}");
    post(sender, "a", "Authorization: Bearer third", "{}");
    world_ask(stage, "GET /_mock/inbox/a", "Authorization: Bearer third", NULL, 200,
              "{'results':[{'verified':false,'why':'" UNSIGNED "','body':'{}'}]}");
    post(sender, "a", "Authorization: Basic dXNlcjpwdw==", "basic"); // no token: the whole server's
    world_ask(stage, "GET /_mock/inbox/a?limit=1", NOBODY, NULL, 200, "{'results':[{'body':'basic','world':null}]}");
    expect_count(stage, "a", NULL, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_worlds_do_not_see_each_others)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500]}", 204, NULL);
    post(sender, "a", "Authorization: Bearer somebody", "theirs");
    post(sender, "b", "Authorization: Bearer somebody", "theirs, another one");
    post(sender, "a", "", "nobody's");
    expect_count(stage, "a", NULL, 0);
    world_ask(stage, "GET /_mock/inbox/a", SOMEBODY, NULL, 200, "{'results':[{'body':'theirs'}]}");
    world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
    expect_count(stage, "a", SOMEBODY, 1);
    expect_count(stage, "a", NOBODY, 2);                                // "reads list all worlds' entries"
    world_ask(stage, "DELETE /_mock/inbox/a", NOBODY, NULL, 204, NULL); // and that is a call about all
    expect_count(stage, "a", NOBODY, 0);
    expect_count(stage, "b", SOMEBODY, 1);
    world_free(stage);
}
END_TEST

/* "Without Authorization the call is about the whole server: reads list all worlds' entries, each with `world`." */
START_TEST(test_all_worlds_as_they_came)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);
    static const char *const from[] = {"", "Authorization: Bearer b", "Authorization: Bearer a",
                                       "", "Authorization: Bearer b", "Authorization: Bearer a"};

    for (size_t i = 0; i < COUNT(from); i++)
        post(sender, "x", from[i], (const char *[]){"0", "1", "2", "3", "4", "5"}[i]);
    post(sender, "y", "Authorization: Bearer a", "another inbox");
    world_ask(stage, "GET /_mock/inbox/x", NOBODY, NULL, 200,
              "{'results':[{'body':'5','world':'ca978112'},{'body':'4','world':'3e23e816'},"
              "{'body':'3','world':null},{'body':'2','world':'ca978112'},"
              "{'body':'1','world':'3e23e816'},{'body':'0','world':null}]}");
    world_ask(stage, "GET /_mock/inbox/x?limit=2", NOBODY, NULL, 200, "{'results':[{'body':'5'},{'body':'4'}]}");
    world_ask(stage, "GET /_mock/inbox/z", NOBODY, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_read_makes_nothing)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"results\":[]}");
    world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':0}");
    world_free(stage);
}
END_TEST

/* --- what is shown --------------------------------------------------------------------------------------------------- */

START_TEST(test_the_newest_comes_first)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    post(sender, "a", "Authorization: Bearer test", "one");
    world_advance(stage, 250);
    post(sender, "a", "Authorization: Bearer test", "two");
    post(sender, "a", "Authorization: Bearer test", "three");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'body':'three','at':'2026-01-01T00:00:00.25Z'},{'body':'two'},"
              "{'body':'one','at':'2026-01-01T00:00:00Z'}]}");
    world_ask(stage, "GET /_mock/inbox/a?limit=2", NULL, NULL, 200, "{'results':[{'body':'three'},{'body':'two'}]}");
    static const char *const bad[] = {"limit=0", "limit=1001", "limit=x", "limit=", "since=1", "limit=1&x=2"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char request[64];
        snprintf(request, sizeof(request), "GET /_mock/inbox/a?%s", bad[i]);
        world_ask(stage, request, NULL, NULL, 422, "{'invalid_fields':['*']}");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_at_is_the_worlds_time)
{
    struct stage *stage = world_new("--clock manual --start-time 2020-02-02T02:02:02Z");
    struct client *sender = world_client(stage);

    post(sender, "a", "Authorization: Bearer test", "");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1h'}", 200, NULL);
    post(sender, "a", "Authorization: Bearer test", "");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'at':'2020-02-02T03:02:02Z','body':''},{'at':'2020-02-02T02:02:02Z'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_headers)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    post(sender, "a",
         "X-MiXed: As It IS\nAuthorization: Bearer test\nCookie: session=secret\nX-Twice: one\nx-twice: two\n"
         "X-Quote: a \"b\" \\ c\nX-Empty:\nPROXY-Authorization: Basic secret\nContent-Type: text/plain",
         "");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'headers':{'x-mixed':'As It IS','authorization':'(redacted)','cookie':'(redacted)',"
              "'proxy-authorization':'(redacted)','x-twice':'one, two','x-empty':'','content-type':'text/plain',"
              "'content-length':'0','X-MiXed':'<absent>'}}]}");
    ck_assert_str_eq(world_text(stage, "results.0.headers.x-quote"), "a \"b\" \\ c");
    ck_assert_ptr_null(strstr(world_answer(stage)->body, "secret"));
    world_free(stage);
}
END_TEST

START_TEST(test_bodies_of_any_bytes)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    post(sender, "a", "Authorization: Bearer test\nContent-Type: application/json", "{\"no\": 'json'\n");
    world_ask(stage, "GET /_mock/inbox/a?limit=1", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.body"), "{\"no\": 'json'\n");
    post_bytes(sender, "a", "Authorization: Bearer test", "a\0b\xff\xc3\xa4\xed\xa0\x80\xf0\x9f\x90\xa2\xc3", 14);
    client_expect(sender, 200, NULL);
    world_ask(stage, "GET /_mock/inbox/a?limit=1", NULL, NULL, 200, NULL);
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body,
                                 "\"body\":\"a\\u0000b\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                 "\xf0\x9f\x90\xa2\xef\xbf\xbd\""));
    post(sender, "a", "Authorization: Bearer test", "");
    world_ask(stage, "GET /_mock/inbox/a?limit=1", NULL, NULL, 200, "{'results':[{'body':''}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_body_is_kept_to_64_kib)
{
    struct stage *stage = world_new("--webhook-secret " SECRET);
    struct client *sender = world_client(stage);
    static const size_t sizes[] = {65535, 65536, 65537, 1000000};
    char *body = malloc(1000001), signature[SIGNATURE_LEN + 1], headers[256];

    memset(body, 'x', 1000000);
    body[1000000] = '\0';
    for (size_t i = 0; i < COUNT(sizes); i++) {
        signature_make(signature, SECRET, "msg_large", 1, (struct slice){body, sizes[i]});
        snprintf(headers, sizeof(headers),
                 "webhook-id: msg_large\nwebhook-timestamp: 1\nwebhook-signature: %s\nAuthorization: Bearer test",
                 signature);
        post_bytes(sender, "a", headers, body, sizes[i]);
        client_expect(sender, 200, NULL);
        // What is signed is all of it.
        world_ask(stage, "GET /_mock/inbox/a?limit=1", NULL, NULL, 200, "{'results':[{'verified':true}]}");
        ck_assert_uint_eq(strlen(world_text(stage, "results.0.body")), sizes[i] < 65536 ? sizes[i] : 65536);
    }
    free(body);
    world_free(stage);
}
END_TEST

/* --- what it answers ------------------------------------------------------------------------------------------------- */

static void expect_answers(struct stage *stage, struct client *sender, const int *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        post_bytes(sender, "a", "Authorization: Bearer test", "x", 1);
        client_expect(sender, statuses[i], NULL);
    }
    expect_count(stage, "a", NULL, count); // whatever it answered
    world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
}

START_TEST(test_a_script)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500,404,301,204,304,201]}", 204, NULL);
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    expect_count(stage, "a", NULL, 0);
    expect_answers(stage, sender, (int[]){500, 404, 301, 204, 304, 201, 200, 200}, 8);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500,500]}", 204, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[503]}", 204, NULL); // in its place
    world_ask(stage, "PUT /_mock/inbox/b", NULL, "{'respond':[418]}", 204, NULL);
    expect_answers(stage, sender, (int[]){503, 200}, 2);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500]}", 204, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{}", 204, NULL);
    expect_answers(stage, sender, (int[]){200}, 1);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[200,599]}", 204, NULL); // the ends
    expect_answers(stage, sender, (int[]){200, 599, 200}, 3);
    world_free(stage);
}
END_TEST

START_TEST(test_a_script_makes_our_own_webhook_try_again)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);
    static const char *const attempts[] = {"1767225601", "1767225602", "1767225604"};

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500,500,200]}", 204, NULL);
    struct message message = message_of_ours(stage);
    for (size_t i = 0; i < COUNT(attempts); i++) {
        ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), attempts[i]);
        snprintf(message.timestamp, sizeof(message.timestamp), "%s", attempts[i]);
        snprintf(message.signature, sizeof(message.signature), "%s", world_hook_header(stage, "webhook-signature"));
        char headers[512];
        snprintf(headers, sizeof(headers), "webhook-id: %s\nwebhook-timestamp: %s\nwebhook-signature: %s", message.id,
                 message.timestamp, message.signature);
        post_bytes(sender, "a", headers, message.body, strlen(message.body));
        client_expect(sender, 0, NULL);
        world_hook_answer(stage, client_answer(sender)->status);
        world_advance(stage, (double)(1000 << i));
    }
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_ask(stage, "GET /_mock/webhooks?limit=1", NULL, NULL, 200,
              "{'results':[{'state':'delivered','attempts':[{'status':500},{'status':500},{'status':200}]}]}");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200,
              "{'results':[{'verified':true},{'verified':true},{'verified':true}]}");
    world_free(stage);
}
END_TEST

/* "`delay` there is real time", and before each answer, those behind the script too. */
START_TEST(test_a_delay)
{
    static const char *const options[] = {"", "--clock manual", "--speed 1000"};

    for (size_t i = 0; i < COUNT(options); i++) {
        struct stage *stage = world_new(options[i]);
        struct client *first = world_client(stage), *second = world_client(stage);
        world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500],'delay':'2s'}", 204, NULL);
        post_bytes(first, "a", "Authorization: Bearer test", "1", 1);
        world_advance(stage, 1000);
        post_bytes(second, "a", "Authorization: Bearer test", "2", 1);
        world_advance(stage, 999);
        client_expect_waiting(first);
        expect_count(stage, "a", NULL, 2);                             // that is received already
        world_ask(stage, "PUT /_mock/inbox/a", NULL, "{}", 204, NULL); // nor does this change it
        world_advance(stage, 1);
        client_expect(first, 500, "{'status':500}");
        world_advance(stage, 999);
        client_expect_waiting(second);
        world_advance(stage, 1);
        client_expect(second, 200, "{'status':200}");
        post(first, "a", "Authorization: Bearer test", "3"); // at once
        world_free(stage);
    }
}
END_TEST

START_TEST(test_whoever_waits_may_leave)
{
    struct stage *stage = world_new("");
    struct client *leaver = world_client(stage), *stayer = world_client(stage);

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500,404],'delay':'60s'}", 204, NULL);
    post_bytes(leaver, "a", "Authorization: Bearer test", "1", 1);
    post_bytes(stayer, "a", "Authorization: Bearer test", "2", 1);
    client_leave(leaver);
    world_settle(stage);
    expect_count(stage, "a", NULL, 2);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}"); // and the inbox itself
    world_advance(stage, 59999);
    client_expect_waiting(stayer);
    world_advance(stage, 1);
    client_expect(stayer, 404, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'delay':'1s'}", 204, NULL);
    post_bytes(stayer, "a", "Authorization: Bearer test", "3", 1);
    world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
    world_advance(stage, 1000);
    client_expect(stayer, 200, NULL);
    expect_count(stage, "a", NULL, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_no_script)
{
    static const struct {
        const char *body, *field;
    } cases[] = {
        {"[]", ""},
        {"'x'", ""},
        {"{'respond':500}", "respond"},
        {"{'respond':'500'}", "respond"},
        {"{'respond':null}", "respond"},
        {"{'respond':{}}", "respond"},
        {"{'respond':[199]}", "respond"},
        {"{'respond':[600]}", "respond"},
        {"{'respond':[200.5]}", "respond"},
        {"{'respond':[200,'200']}", "respond"},
        {"{'respond':[200,null]}", "respond"},
        {"{'respond':[[200]]}", "respond"},
        {"{'respond':[-200]}", "respond"},
        {"{'respond':[1e99]}", "respond"},
        {"{'delay':2}", "delay"},
        {"{'delay':null}", "delay"},
        {"{'delay':''}", "delay"},
        {"{'delay':'soon'}", "delay"},
        {"{'delay':'-1s'}", "delay"},
        {"{'delay':'2'}", "delay"},
        {"{'delay':'61s'}", "delay"},
        {"{'delay':'60001ms'}", "delay"},
        {"{'delay':'2h'}", "delay"},
        {"{'respond':[500],'Delay':'1s'}", "Delay"},
        {"{'responds':[500]}", "responds"},
        {"{'respond':[500],'delay':'1s','':1}", ""},
    };
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[503]}", 204, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        world_ask(stage, "PUT /_mock/inbox/a", NULL, cases[i].body, 422, "{'invalid_fields':['*']}");
        ck_assert_msg(strcmp(world_text(stage, "invalid_fields.0.field"), cases[i].field) == 0, "%s: %s", cases[i].body,
                      world_answer(stage)->body);
    }
    struct buf body = {0};
    for (int i = 0; i <= INBOX_SCRIPT_MAX; i++)
        buf_str(&body, i == 0 ? "{'respond':[500" : ",500");
    buf_str(&body, "]}");
    world_ask(stage, "PUT /_mock/inbox/a", NULL, buf_cstr(&body), 422, NULL);
    buf_free(&body);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500]", 400, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", "Content-Type: text/plain", "{'respond':[500]}", 415, NULL);
    expect_answers(stage, sender, (int[]){503, 200}, 2); // none of them changed anything
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'delay':'60s'}", 204, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'delay':'0'}", 204, NULL);
    expect_answers(stage, sender, (int[]){200}, 1);
    world_free(stage);
}
END_TEST

START_TEST(test_delete_empties)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    world_ask(stage, "PUT /_mock/inbox/a", NULL, "{'respond':[500,500,500]}", 204, NULL);
    post_bytes(sender, "a", "Authorization: Bearer test", "1", 1);
    client_expect(sender, 500, NULL);
    post(sender, "b", "Authorization: Bearer test", "2");
    world_ask(stage, "DELETE /_mock/inbox/a", NULL, NULL, 204, NULL);
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    expect_count(stage, "a", NULL, 0);
    expect_count(stage, "b", NULL, 1);
    post(sender, "a", "Authorization: Bearer test", "3"); // its script is gone as well
    expect_count(stage, "a", NULL, 1);
    world_free(stage);
}
END_TEST

START_TEST(test_methods_and_paths)
{
    struct stage *stage = world_new("");

    world_ask(stage, "PATCH /_mock/inbox/a", NULL, NULL, 405, "{'status':405}");
    const char *allow = answer_header(world_answer(stage), "Allow");
    for (size_t i = 0; i < 4; i++)
        ck_assert_ptr_nonnull(strstr(allow, (const char *[]){"POST", "GET", "PUT", "DELETE"}[i]));
    world_ask(stage, "POST /_mock/inbox", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /_mock/inbox/a/b", NULL, NULL, 404, NULL);
    // A webhook's URL may have a query.
    world_ask(stage, "POST /_mock/inbox/a?order=7", NULL, "{}", 200, NULL);
    expect_count(stage, "a", NULL, 1);
    world_send(stage, "HEAD /_mock/inbox/a", NULL, NULL);
    world_expect(stage, 200, NULL);
    // Not from a web page, and not by a name that could be anybody's.
    world_ask(stage, "POST /_mock/inbox/a", "Origin: http://evil.example", "{}", 403, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Host: evil.example", "{}", 403, NULL);
    expect_count(stage, "a", NULL, 1);
    world_free(stage);
}
END_TEST

/* --- what becomes of it ---------------------------------------------------------------------------------------------- */

static void fill(struct stage *stage, struct client *sender)
{
    static const char *const who[] = {"Authorization: Bearer test", "Authorization: Bearer somebody", ""};

    for (size_t i = 0; i < COUNT(who); i++) {
        post(sender, "a", who[i], "x");
        world_ask(stage, "PUT /_mock/inbox/a", *who[i] ? who[i] : NOBODY, "{'respond':[500]}", 204, NULL);
    }
    expect_count(stage, "a", NULL, 1);
    expect_count(stage, "a", SOMEBODY, 1);
    expect_count(stage, "a", NOBODY, 3);
}

/* What `who` posts is answered so, by what is left of his script. */
static void expect_status(struct client *sender, const char *who, int status)
{
    post_bytes(sender, "a", who, "y", 1);
    client_expect(sender, status, NULL);
}

START_TEST(test_a_reset)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    fill(stage, sender);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    expect_count(stage, "a", NULL, 0);
    expect_count(stage, "a", SOMEBODY, 1);
    expect_count(stage, "a", NOBODY, 2);
    expect_status(sender, "Authorization: Bearer somebody", 500);
    world_ask(stage, "POST /_mock/reset", NOBODY, NULL, 200, "{'worlds':1}");
    expect_status(sender, "Authorization: Bearer test", 200);
    world_ask(stage, "POST /_mock/reset", NOBODY, NULL, 200, "{'worlds':1}");
    expect_count(stage, "a", NULL, 0);
    expect_count(stage, "a", SOMEBODY, 0);
    expect_count(stage, "a", NOBODY, 0);
    expect_status(sender, "", 200);
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset_that_spares_it)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);

    fill(stage, sender);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['inbox']}", 200, "{'worlds':1}");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 404, NULL); // but all else
    expect_count(stage, "a", NULL, 1);
    world_ask(stage, "POST /_mock/reset", NOBODY, "{'keep':['inbox','clock']}", 200, "{'worlds':2}");
    expect_count(stage, "a", NULL, 1);
    expect_count(stage, "a", SOMEBODY, 1);
    expect_count(stage, "a", NOBODY, 3);
    expect_status(sender, "Authorization: Bearer test", 500);
    expect_status(sender, "Authorization: Bearer somebody", 500);
    expect_status(sender, "", 500);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions','inbox']}", 200, NULL);
    expect_count(stage, "a", NULL, 2);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, NULL);
    expect_count(stage, "a", NULL, 0);
    post(sender, "a", "Authorization: Bearer test", "");
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['clock']}", 200, NULL);
    expect_count(stage, "a", NULL, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_the_newest_200_are_kept)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);
    char body[16];

    for (int i = 0; i <= INBOX_ENTRIES; i++) {
        snprintf(body, sizeof(body), "%d", i);
        post(sender, "a", "Authorization: Bearer test", body);
    }
    expect_count(stage, "a", NULL, INBOX_ENTRIES);
    ck_assert_str_eq(world_text(stage, "results.0.body"), "200");
    ck_assert_str_eq(world_text(stage, "results.199.body"), "1");
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.99.body"), "101");
    ck_assert_str_eq(world_text(stage, "results.100.body"), ""); // limit is 100 unless said
    world_free(stage);
}
END_TEST

static void put(struct inbox *inbox, size_t body, int64_t at)
{
    struct inbox_entry entry = {.at = at};

    buf_reserve(&entry.body, body);
    inbox_receive(inbox, &entry);
}

/* Of the whole server the oldest goes, wherever it lies. */
START_TEST(test_all_entries_are_bounded_together)
{
    struct received received = {.bytes = 0};
    struct inbox *inboxes[3];
    struct inboxes *worlds[3];

    list_init(&received.entries);
    for (size_t i = 0; i < 3; i++) {
        worlds[i] = inboxes_new(&received, "12345678");
        inboxes[i] = inboxes_find(worlds[i], "a", true);
    }
    put(inboxes[0], 20 << 20, 1);
    put(inboxes[1], 20 << 20, 2);
    put(inboxes[0], 20 << 20, 3);
    ck_assert_uint_eq(inboxes[0]->entry_count, 2);
    put(inboxes[2], 20 << 20, 4);
    ck_assert_uint_eq(inboxes[0]->entry_count, 1); // 1 is gone
    put(inboxes[2], 20 << 20, 5);
    ck_assert_uint_eq(inboxes[1]->entry_count, 0); // 2
    ck_assert_uint_le(received.bytes, INBOX_BYTES_KEPT);
    put(inboxes[1], 100 << 20, 6); // what has just come is never the one to go
    ck_assert(received.entries.next == &container_of(inboxes[1]->entries.next, struct inbox_entry, link)->all);
    ck_assert(received.entries.next == received.entries.prev);
    put(inboxes[0], 10, 7);
    ck_assert_uint_eq(inboxes[1]->entry_count, 0);
    for (size_t i = 0; i < 3; i++)
        inboxes_free(worlds[i]);
    ck_assert_uint_eq(received.bytes, 0);
    ck_assert(list_empty(&received.entries));
}
END_TEST

START_TEST(test_a_hundred_inboxes)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);
    char name[16];

    for (int i = 0; i < INBOXES_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        post(sender, name, "Authorization: Bearer test", "");
    }
    post_bytes(sender, "more", "Authorization: Bearer test", "", 0);
    client_expect(sender, 503, "{'detail':'There are 100 inboxes already, or too many worlds.','status':503}");
    ck_assert_str_eq(answer_header(client_answer(sender), "Retry-After"), "1");
    world_ask(stage, "PUT /_mock/inbox/more", NULL, "{'respond':[500]}", 503, NULL);
    expect_count(stage, "more", NULL, 0);
    post(sender, "n0", "Authorization: Bearer test", "");       // those that are there go on
    post(sender, "more", "Authorization: Bearer somebody", ""); // the bound is a world's,
    post(sender, "more", "", "");                               // or the server's own
    world_ask(stage, "DELETE /_mock/inbox/n50", NULL, NULL, 204, NULL);
    post(sender, "more", "Authorization: Bearer test", ""); // an empty one takes no place
    world_free(stage);
}
END_TEST

START_TEST(test_no_room_for_a_world)
{
    struct stage *stage = world_new("--max-worlds 1");
    struct client *sender = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    post_bytes(sender, "a", "Authorization: Bearer somebody", "", 0);
    client_expect(sender, 503, NULL);
    post(sender, "a", "", "");
    world_advance(stage, 1100);
    post(sender, "a", "Authorization: Bearer somebody", "");
    world_free(stage);
}
END_TEST

#define NAME_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(test_names)
{
    struct stage *stage = world_new("");
    struct client *sender = world_client(stage);
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

    post(sender, NAME_64, "Authorization: Bearer test", "");
    expect_count(stage, NAME_64, NULL, 1);
    post(sender, "%c3%a4%20b%2Fc", "Authorization: Bearer test", "");
    expect_count(stage, "%C3%A4%20b%2fc", NULL, 1);
    for (size_t i = 0; i < COUNT(methods); i++) {
        char request[128];
        snprintf(request, sizeof(request), "%s /_mock/inbox/" NAME_64 "0", methods[i]);
        world_ask(stage, request, SOMEBODY, i == 2 ? "{}" : NULL, 422, "{'invalid_fields':[{'field':'name'}]}");
        world_ask(stage, request, NOBODY, i == 2 ? "{}" : NULL, 422, "{'invalid_fields':[{'field':'name'}]}");
    }
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':1}"); // what is refused makes no world
    world_free(stage);
}
END_TEST

/* "Without an Authorization header the call is about the whole server": such a script holds in every world that has none
 * of its own, and such a DELETE empties the inbox of that name everywhere. */
START_TEST(test_of_the_whole_server)
{
    struct stage *stage = world_new("");

    world_ask(stage, "PUT /_mock/inbox/a", "Authorization: -\nContent-Type: application/json", "{'respond':[500,503]}",
              204, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Authorization: Bearer one", "{}", 500, NULL);
    world_ask(stage, "PUT /_mock/inbox/a", "Authorization: Bearer two\nContent-Type: application/json",
              "{'respond':[418]}", 204, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Authorization: Bearer two", "{}", 418, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Authorization: Bearer two", "{}", 200, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Authorization: Bearer one", "{}", 503, NULL);
    world_ask(stage, "POST /_mock/inbox/a", "Authorization: Bearer one", "{}", 200, NULL);
    world_ask(stage, "DELETE /_mock/inbox/a", "Authorization: -", NULL, 204, NULL);
    world_ask(stage, "GET /_mock/inbox/a", "Authorization: Bearer one", NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /_mock/inbox/a", "Authorization: Bearer two", NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

SUITE("inbox", test_of_the_whole_server, test_a_delivery_of_ours, test_what_is_not_verified, test_what_others_send,
      test_worlds_do_not_see_each_others, test_all_worlds_as_they_came, test_a_read_makes_nothing,
      test_the_newest_comes_first, test_at_is_the_worlds_time, test_headers, test_bodies_of_any_bytes,
      test_a_body_is_kept_to_64_kib, test_a_script, test_a_script_makes_our_own_webhook_try_again, test_a_delay,
      test_whoever_waits_may_leave, test_what_is_no_script, test_delete_empties, test_methods_and_paths, test_a_reset,
      test_a_reset_that_spares_it, test_the_newest_200_are_kept, test_all_entries_are_bounded_together,
      test_a_hundred_inboxes, test_no_room_for_a_world, test_names);
