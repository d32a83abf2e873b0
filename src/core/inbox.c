#include "core/inbox.h"

#include <stdio.h>
#include <stdlib.h>

struct inboxes *inboxes_new(struct received *received, const char *world)
{
    struct inboxes *inboxes = xnew(struct inboxes);

    list_init(&inboxes->list);
    inboxes->received = received;
    inboxes->world = world ? xstrdup(world) : NULL;
    return inboxes;
}

static size_t size_of(const struct inbox_entry *entry)
{
    return sizeof(*entry) + entry->headers.cap + entry->body.cap;
}

static void entry_free(struct inbox_entry *entry)
{
    entry->inbox->inboxes->received->bytes -= size_of(entry);
    entry->inbox->entry_count--;
    list_remove(&entry->link);
    list_remove(&entry->all);
    buf_free(&entry->headers);
    buf_free(&entry->body);
    free(entry);
}

void inboxes_free(struct inboxes *inboxes)
{
    if (!inboxes)
        return;
    list_each (link, &inboxes->list)
        inbox_free(container_of(link, struct inbox, link));
    free(inboxes->world);
    free(inboxes);
}

void received_init(struct received *received)
{
    list_init(&received->entries);
    list_init(&received->closed);
}

void inboxes_close(struct inboxes *inboxes)
{
    if (!inboxes)
        return;
    inboxes->closed = true;
    list_append(&inboxes->received->closed, &inboxes->link);
}

bool inboxes_reap(struct received *received, size_t *budget)
{
    list_each (link, &received->closed) {
        struct inboxes *inboxes = container_of(link, struct inboxes, link);
        while (!list_empty(&inboxes->list)) {
            struct inbox *inbox = container_of(inboxes->list.next, struct inbox, link);
            for (; !list_empty(&inbox->entries); --*budget) {
                if (*budget == 0)
                    return true;
                entry_free(container_of(inbox->entries.next, struct inbox_entry, link));
            }
            inbox_free(inbox);
        }
        list_remove(&inboxes->link);
        inboxes_free(inboxes);
    }
    return false;
}

struct inbox *inboxes_find(struct inboxes *inboxes, const char *name, bool make)
{
    list_each (link, &inboxes->list) {
        struct inbox *inbox = container_of(link, struct inbox, link);
        if (strcmp(inbox->name, name) == 0)
            return inbox;
    }
    if (!make || inboxes->count == INBOXES_MAX)
        return NULL;
    struct inbox *inbox = xnew(struct inbox);
    snprintf(inbox->name, sizeof(inbox->name), "%s", name);
    list_init(&inbox->entries);
    inbox->inboxes = inboxes;
    list_append(&inboxes->list, &inbox->link);
    inboxes->count++;
    return inbox;
}

/* The oldest of the inbox, or of the server, goes first; never the one that has just come. */
static void drop_oldest(struct inbox *inbox)
{
    struct received *received = inbox->inboxes->received;

    if (inbox->entry_count > INBOX_ENTRIES)
        entry_free(container_of(inbox->entries.prev, struct inbox_entry, link));
    while (received->bytes > INBOX_BYTES_KEPT && received->entries.prev != received->entries.next)
        entry_free(container_of(received->entries.prev, struct inbox_entry, all));
}

void inbox_receive(struct inbox *inbox, struct inbox_entry *entry)
{
    struct received *received = inbox->inboxes->received;
    struct inbox_entry *kept = xnew(struct inbox_entry);

    *kept = *entry;
    kept->inbox = inbox;
    list_prepend(&inbox->entries, &kept->link);
    list_prepend(&received->entries, &kept->all);
    inbox->entry_count++;
    received->bytes += size_of(kept);
    drop_oldest(inbox);
}

int inbox_next_status(struct inbox *inbox)
{
    return inbox->script_at < inbox->script_len ? inbox->script[inbox->script_at++] : 200;
}

void inbox_script(struct inbox *inbox, uint16_t *script, size_t len, int64_t delay)
{
    free(inbox->script);
    inbox->script = script;
    inbox->script_len = len;
    inbox->script_at = 0;
    inbox->delay = delay;
}

void inbox_free(struct inbox *inbox)
{
    list_each (link, &inbox->entries)
        entry_free(container_of(link, struct inbox_entry, link));
    list_remove(&inbox->link);
    inbox->inboxes->count--;
    free(inbox->script);
    free(inbox);
}
