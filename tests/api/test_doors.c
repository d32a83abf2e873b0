/* Tokens, doors and bad HTTP, on the wire; who is refused at them in which words: test_errors. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

START_TEST(test_only_good_tokens)
{
    struct stage *stage = world_new("--token good --token better");

    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer good", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Token better", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer goo", NULL, 401,
              "{'detail':'You did not pass a valid authentication token'}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_token_is_a_world)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer a", CREATE, 201, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: token a", NULL, 200, NULL); // the word in any case
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: BEARER a", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer b", NULL, 404,
              "{'detail':'The requested resource could not be found.','status':404}");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", "Authorization: Bearer b", NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer b", NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer a", NULL, 200, "{'status':'starting'}");
    world_free(stage);
}
END_TEST

START_TEST(test_auth_none)
{
    struct stage *stage = world_new("--auth none");

    world_ask(stage, "POST /v1/predictions", "Authorization: -", CREATE, 201, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: -", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer none", NULL, 200, NULL); // their world's name
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer x", NULL, 404, NULL);
    world_free(stage);
    stage = world_new("--auth none --token good"); // a token that is given must be a good one even so
    world_ask(stage, "GET /v1/predictions", "Authorization: -", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer bad", NULL, 401, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_head)
{
    struct stage *stage = world_new("");
    char length[32];

    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    snprintf(length, sizeof(length), "%s", answer_header(world_answer(stage), "Content-Length"));
    world_ask(stage, "HEAD /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Length"), length);
    world_free(stage);
}
END_TEST

START_TEST(test_cors)
{
    struct stage *stage = world_new("");

    world_ask(stage, "OPTIONS /v1/predictions",
              "Authorization: -\nOrigin: http://page.example\nAccess-Control-Request-Method: POST\n"
              "Access-Control-Request-Headers: authorization,content-type,prefer",
              NULL, 204, NULL);
    const struct answer *answer = world_answer(stage);
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Headers"), "authorization,content-type,prefer");
    static const char *const requests[] = {"GET /v1/predictions", "GET /v1/nothing", "PUT /v1/predictions",
                                           "GET /v1/predictions/x"};
    for (size_t i = 0; i < 4; i++) {
        world_send(stage, requests[i], "Origin: http://page.example", NULL);
        world_settle(stage);
        world_expect(stage, i == 0 ? 200 : i == 2 ? 405 : 404, NULL);
        ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    }
    world_ask(stage, "GET /v1/predictions", "Authorization: -\nOrigin: http://page.example", NULL, 401, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    world_ask(stage, "OPTIONS /v1/nothing", "Origin: http://page.example", NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_content_that_passes)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", "Content-Encoding: identity", CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", "Content-Type: application/x-www-form-urlencoded", CREATE, 201,
              NULL); // as curl -d
    world_ask(stage, "GET /v1/predictions", "Content-Type: multipart/form-data\nContent-Encoding: gzip", NULL, 200,
              NULL); // no body
    world_free(stage);
}
END_TEST

START_TEST(test_urls_follow_the_client)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", "Host: [::1]:7375", CREATE, 201,
              "{'urls':{'get':'http://[::1]:7375/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1/predictions/{id}",
              "X-Forwarded-Proto: https\nX-Forwarded-Host: mock.example, proxy.internal", NULL, 200,
              "{'urls':{'get':'https://mock.example/v1/predictions/{id}'}}");
    world_ask(stage, "GET http://api.replicate.com/v1/predictions/{id}", NULL, NULL, 200,
              "{'urls':{'get':'http://api.replicate.com/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1/predictions/{id}", "X-Forwarded-Host: \"<script>", NULL, 200,
              "{'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1/predictions/{id}", "Host: a\"b", NULL, 400, NULL);
    world_free(stage);
    stage = world_new("--public-url https://mock.example/base/");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201,
              "{'urls':{'get':'https://mock.example/base/v1/predictions/{id}'}}");
    world_free(stage);
}
END_TEST

/* Raw requests that must be refused with 400 and the end of their connection. */
static const char *const bad_requests[] = {
    "GET /v1/predictions HTTP/1.1\r\n\r\n",
    "GET /v1/predictions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    "POST /v1/predictions HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "GET /v1/predictions%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /v1/predictions%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /v1/predictions?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET v1/predictions HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
};

START_TEST(test_bad_requests)
{
    struct stage *stage = world_new("");

    for (size_t i = 0; i < sizeof(bad_requests) / sizeof(*bad_requests); i++) {
        struct client *client = world_client(stage);
        client_send_raw(client, bad_requests[i], strlen(bad_requests[i]));
        client_expect(client, 400, "{'title':'Bad request','detail':'*','status':400}");
        ck_assert_msg(client_is_closed(client), "still open after %s", bad_requests[i]);
        client_leave(client);
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_pipelined_requests)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);
    struct buf out = {0};

    for (int i = 0; i < 50; i++)
        buf_printf(&out, "GET /v1/predictions?n=%d HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\n\r\n", i);
    client_send_raw(client, out.data, out.len);
    for (int i = 0; i < 50; i++)
        client_expect(client, 200, "{'results':[]}");
    buf_free(&out);
    world_free(stage);
}
END_TEST

START_TEST(test_bodies_in_pieces)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);
    static const char body[] =
        "{\"version\":\"" VERSION "\",\"input\":{\"image\":\"data:,\",\"prompt\":\"\",\"structure\":\"hed\"}}";
    struct buf out = {0};

    // Byte by byte.
    buf_printf(&out,
               "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nContent-Length: %zu\r\n\r\n%s",
               sizeof(body) - 1, body);
    for (size_t i = 0; i < out.len; i++)
        client_send_raw(client, out.data + i, 1);
    client_expect(client, 201, NULL);
    // In chunks of one byte.
    out.len = 0;
    buf_printf(
        &out,
        "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < sizeof(body) - 1; i++)
        buf_printf(&out, "1\r\n%c\r\n", body[i]);
    buf_lit(&out, "0\r\n\r\n");
    client_send_raw(client, out.data, out.len);
    client_expect(client, 201, NULL);
    buf_free(&out);
    world_free(stage);
}
END_TEST

START_TEST(test_expect_continue)
{
    struct stage *stage = world_new("--max-body 1KiB");
    struct client *client = world_client(stage);
    static const char body[] =
        "{\"version\":\"" VERSION "\",\"input\":{\"image\":\"data:,\",\"prompt\":\"\",\"structure\":\"hed\"}}";
    char head[512];

    snprintf(head, sizeof(head),
             "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nExpect: "
             "100-continue\r\nContent-Length: %zu\r\n\r\n",
             sizeof(body) - 1);
    client_send_raw(client, head, strlen(head));
    client_expect(client, 100, NULL);
    client_send_raw(client, body, sizeof(body) - 1);
    client_expect(client, 201, NULL);
    // Refused before the body is sent.
    static const char large[] =
        "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nExpect: 100-continue\r\n"
        "Content-Length: 5000\r\n\r\n";
    client_send_raw(client, large, sizeof(large) - 1);
    client_expect(client, 413, NULL);
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

START_TEST(test_endless_bodies_are_cut)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);
    static const char head[] =
        "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nContent-Length: 10000000000000\r\n\r\n";

    client_send_raw(client, head, sizeof(head) - 1);
    client_expect(client, 413, NULL);
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

START_TEST(test_bodies_at_once)
{
    enum { MANY = 40 };
    struct stage *stage = world_new("--max-body 1KiB");
    struct client *clients[MANY];
    char part[1000];

    memset(part, ' ', sizeof(part));
    for (int i = 0; i < MANY; i++) { // 32 times --max-body are kept; these come to 40,000 bytes
        static const char head[] =
            "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nContent-Length: 1001\r\n\r\n";
        clients[i] = world_client(stage);
        client_send_raw(clients[i], head, sizeof(head) - 1);
        client_send_raw(clients[i], part, sizeof(part));
    }
    for (int i = 0; i < MANY; i++) {
        client_send_raw(clients[i], " ", 1);
        client_expect(clients[i], i < 32 ? 400 : 503, i < 32 ? NULL : "{'title':'Service unavailable','detail':'*'}");
    }
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL); // all of it was given back
    for (int i = 0; i < 32; i++) {                                     // also by those who leave midway
        client_send_raw(clients[i], part, 900);
        client_leave(clients[i]);
    }
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_free(stage);
}
END_TEST

SUITE("doors", test_bodies_at_once, test_only_good_tokens, test_a_token_is_a_world, test_auth_none, test_head,
      test_cors, test_content_that_passes, test_urls_follow_the_client, test_bad_requests, test_pipelined_requests,
      test_bodies_in_pieces, test_expect_continue, test_endless_bodies_are_cut);
