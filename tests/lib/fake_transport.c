#include "lib/fake_transport.h"
#include "base/buf.h"
#include "base/list.h"

#include <check.h>
#include <stdlib.h>

struct transfer {
    struct list link; // in `waiting` or `answered`
    struct fake_transfer seen;
    transfer_done *done;
    void *arg;
    struct buf body; // of the answer to a GET
    struct transport_result result;
};

struct fake {
    struct transport base;
    struct list waiting, answered;
    int64_t duration; // of the next answer
    uint64_t submitted;
    bool paused;
};

static struct fake *impl(const struct transport *transport)
{
    return container_of(transport, struct fake, base);
}

static struct transfer *submit(struct transport *base, const struct transport_request *request, transfer_done *done,
                               void *arg)
{
    struct transfer *transfer = xnew(struct transfer);
    const char *body = request->body.len > 0 ? request->body.data : "";
    struct buf headers = {0};

    ck_assert_int_gt(request->timeout, 0);
    for (const char *const *header = request->headers; *header; header++)
        buf_printf(&headers, "%s\n", *header);
    transfer->seen = (struct fake_transfer){.url = xstrdup(request->url),
                                            .headers = xstrdup(buf_cstr(&headers)),
                                            .body = xmemdup0(body, request->body.len),
                                            .body_len = request->body.len,
                                            .max_answer = request->max_answer,
                                            .timeout = request->timeout,
                                            .serial = ++impl(base)->submitted};
    buf_free(&headers);
    transfer->done = done;
    transfer->arg = arg;
    list_append(&impl(base)->waiting, &transfer->link);
    return transfer;
}

static void transfer_free(struct transfer *transfer)
{
    const struct fake_transfer *seen = &transfer->seen;
    const char *const texts[] = {seen->url, seen->headers, seen->body, transfer->result.error};

    list_remove(&transfer->link);
    buf_free(&transfer->body);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free((char *)(uintptr_t)texts[i]);
    free(transfer);
}

static void cancel(struct transport *base, struct transfer *transfer)
{
    (void)base;
    transfer_free(transfer);
}

static void pause_gets(struct transport *base, bool pause)
{
    impl(base)->paused = pause;
}

static int wait(struct transport *base, struct pollfd *fds, size_t count, int timeout_ms)
{
    return poll(fds, count, list_empty(&impl(base)->answered) ? timeout_ms : 0);
}

static bool run(struct transport *base)
{
    struct fake *fake = impl(base);
    struct transfer *transfer;
    bool did = false;

    while ((transfer = list_first(&fake->answered, struct transfer, link))) {
        list_remove(&transfer->link);
        transfer->done(transfer->arg, &transfer->result);
        transfer_free(transfer);
        did = true;
    }
    return did;
}

static void free_transport(struct transport *base)
{
    if (!base)
        return;
    struct fake *fake = impl(base);
    struct list *lists[] = {&fake->waiting, &fake->answered};
    for (size_t i = 0; i < 2; i++)
        list_each (link, lists[i])
            transfer_free(container_of(link, struct transfer, link));
    free(fake);
}

struct transport *fake_transport_new(void)
{
    static const struct transport_interface interface = {submit, cancel, pause_gets, wait, run, free_transport};
    struct fake *fake = xnew(struct fake);

    fake->base.interface = &interface;
    list_init(&fake->waiting);
    list_init(&fake->answered);
    return &fake->base;
}

static struct transfer *at(const struct transport *base, size_t index)
{
    list_each (link, &impl(base)->waiting)
        if (index-- == 0)
            return container_of(link, struct transfer, link);
    ck_abort_msg("fewer transfers wait than that");
    return NULL;
}

size_t fake_count(const struct transport *base)
{
    size_t count = 0;

    list_each (link, &impl(base)->waiting)
        count++;
    return count;
}

const struct fake_transfer *fake_peek(const struct transport *base, size_t index)
{
    return &at(base, index)->seen;
}

bool fake_paused(const struct transport *base)
{
    return impl(base)->paused;
}

void fake_set_duration(struct transport *base, int64_t duration)
{
    impl(base)->duration = duration;
}

static void conclude(struct transport *base, size_t index, struct transport_result result)
{
    struct transfer *transfer = at(base, index);

    result.duration = impl(base)->duration;
    impl(base)->duration = 0;
    transfer->result = result;
    list_remove(&transfer->link);
    list_append(&impl(base)->answered, &transfer->link);
}

void fake_answer(struct transport *base, size_t index, int status)
{
    conclude(base, index, (struct transport_result){.status = status});
}

void fake_answer_with(struct transport *base, size_t index, int status, const void *bytes, size_t len)
{
    struct transfer *transfer = at(base, index);
    struct transport_result result = {.status = status};

    ck_assert_msg(transfer->seen.max_answer > 0, "%s is sent a POST: nobody looks at its answer's body",
                  transfer->seen.url);
    if (len > transfer->seen.max_answer) {
        result.error = xstrdup("the answer is too large");
    } else if (status < 400) {
        buf_add(&transfer->body, bytes, len);
        result.body = &transfer->body;
    }
    conclude(base, index, result);
}

void fake_fail(struct transport *base, size_t index, const char *error)
{
    conclude(base, index, (struct transport_result){.error = xstrdup(error)});
}
