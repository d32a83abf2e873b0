#include "core/event.h"
#include "core/prediction.h"
#include "core/world.h"

void observe(struct list *observers, struct observer *observer)
{
    list_append(observers, &observer->link);
}

void unobserve(struct observer *observer)
{
    if (observer->link.next)
        list_remove(&observer->link);
}

/* An observer may unlink itself and others while it looks: those still to be told wait in a list of their own. */
static void tell(struct list *observers, const struct event *event)
{
    struct list waiting;

    if (list_empty(observers))
        return;
    list_init(&waiting);
    while (!list_empty(observers)) {
        struct list *link = observers->next;
        list_remove(link);
        list_append(&waiting, link);
    }
    while (!list_empty(&waiting)) {
        struct list *link = waiting.next;
        list_remove(link);
        list_append(observers, link);
        struct observer *observer = container_of(link, struct observer, link);
        observer->see(observer, event);
    }
}

void event_publish(const struct event *event)
{
    if (event->prediction)
        tell(&event->prediction->observers, event);
    if (event->type == EVENT_WORLD_CLOSING)
        tell(&event->world->at_close, event);
    tell(&event->world->observers, event);
    tell(&event->world->worlds->observers, event);
}
