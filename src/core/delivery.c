#include "core/delivery.h"
#include "core/world.h"

#include <stdlib.h>

const char *delivery_event_name(enum delivery_event event)
{
    static const char *const names[] = {"start", "output", "logs", "completed"};

    return names[event];
}

const char *delivery_state_name(enum delivery_state state)
{
    static const char *const names[] = {"pending", "delivered", "failed", "filtered", "dropped"};

    return names[state];
}

size_t deliveries_max_bytes(const struct worlds *worlds)
{
    size_t share = worlds->initial.max_memory / 4;

    return share < DELIVERY_BYTES_MAX ? share : DELIVERY_BYTES_MAX;
}

static void drop_body(struct delivery *delivery)
{
    delivery->world->worlds->delivery_bytes -= delivery->body.len;
    buf_free(&delivery->body);
}

struct delivery *delivery_new(struct world *world, const struct prediction *prediction, enum delivery_event event,
                              const char *url, struct buf *body)
{
    struct delivery *delivery = xnew(struct delivery);

    message_id(delivery->id, clock_now(&world->clock), &world->rng);
    memcpy(delivery->prediction_id, prediction->id, sizeof(delivery->prediction_id));
    delivery->world = world;
    delivery->serial = ++world->worlds->deliveries;
    delivery->event = event;
    delivery->url = xstrdup(url);
    delivery->body = *body;
    *body = (struct buf){0};
    world->worlds->delivery_bytes += delivery->body.len;
    list_init(&delivery->queued);
    list_prepend(&world->deliveries, &delivery->link);
    map_put(&world->worlds->by_message, delivery); // of a closed world's with --seed there may be one of this id
    world->delivery_count++;
    world->pending_deliveries++;
    return delivery;
}

static void delivery_free(struct delivery *delivery)
{
    list_remove(&delivery->link);
    map_remove(&delivery->world->worlds->by_message, delivery);
    delivery->world->delivery_count--;
    for (size_t i = 0; i < delivery->attempt_count; i++)
        free(delivery->attempts[i].error);
    free(delivery->attempts);
    free(delivery->url);
    drop_body(delivery);
    free(delivery);
}

struct attempt *delivery_attempt(struct delivery *delivery, int64_t at)
{
    struct attempt *attempts = delivery->attempts;

    if (delivery->attempt_count == DELIVERY_ATTEMPTS_KEPT) {
        free(attempts[0].error);
        memmove(attempts, attempts + 1, --delivery->attempt_count * sizeof(*attempts));
    }
    delivery->attempts = xrealloc(attempts, (delivery->attempt_count + 1) * sizeof(*attempts));
    delivery->attempts[delivery->attempt_count] = (struct attempt){.at = at};
    return &delivery->attempts[delivery->attempt_count++];
}

/* Pending ones do not count and are not dropped; those behind them are still looked at, but only so many. */
static void drop_oldest(struct world *world, const struct delivery *but)
{
    for (struct list *link = world->deliveries.prev, *before = link->prev;
         link != &world->deliveries && world->delivery_count - world->pending_deliveries > DELIVERIES_KEPT;
         link = before, before = link->prev) {
        struct delivery *oldest = container_of(link, struct delivery, link);
        if (oldest->state != DELIVERY_PENDING && oldest != but)
            delivery_free(oldest);
    }
}

void delivery_become(struct delivery *delivery, enum delivery_state state)
{
    struct world *world = delivery->world;

    world->pending_deliveries -= delivery->state == DELIVERY_PENDING;
    world->pending_deliveries += state == DELIVERY_PENDING;
    world->delivered += state == DELIVERY_DELIVERED && delivery->state != DELIVERY_DELIVERED;
    delivery->state = state;
    delivery->next_attempt_at = 0;
    if (state != DELIVERY_PENDING && world->worlds->delivery_bytes > deliveries_max_bytes(world->worlds) / 4)
        drop_body(delivery);
    drop_oldest(world, delivery);
}

static struct slice id_of(const void *value)
{
    return (struct slice){((const struct delivery *)value)->id, MESSAGE_ID_LEN};
}

void deliveries_init(struct worlds *worlds)
{
    map_init(&worlds->by_message, id_of, id_random_key());
}

struct delivery *deliveries_find(const struct worlds *worlds, const char *id)
{
    struct delivery *delivery = map_find(&worlds->by_message, id, strlen(id));

    return delivery && !delivery->world->closed ? delivery : NULL;
}

void deliveries_free(struct world *world)
{
    list_each (link, &world->deliveries)
        delivery_free(container_of(link, struct delivery, link));
}
