#include "core/inbox.h"

#include <stdio.h>
#include <stdlib.h>

struct inboxes *inboxes_new(void)
{
    struct inboxes *inboxes = xnew(struct inboxes);

    list_init(&inboxes->list);
    return inboxes;
}

static void entry_free(struct inbox_entry *entry)
{
    list_remove(&entry->link);
    buf_free(&entry->headers);
    buf_free(&entry->body);
    free(entry);
}

void inboxes_free(struct inboxes *inboxes)
{
    if (!inboxes)
        return;
    list_each (link, &inboxes->list) {
        struct inbox *inbox = container_of(link, struct inbox, link);
        inbox_empty(inbox);
        list_remove(&inbox->link);
        free(inbox);
    }
    free(inboxes);
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
    list_append(&inboxes->list, &inbox->link);
    inboxes->count++;
    return inbox;
}

void inbox_receive(struct inbox *inbox, struct inbox_entry *entry)
{
    struct inbox_entry *kept = xnew(struct inbox_entry);

    *kept = *entry;
    if (kept->body.len > INBOX_BODY_KEPT)
        kept->body.len = INBOX_BODY_KEPT;
    list_prepend(&inbox->entries, &kept->link);
    if (inbox->entry_count == INBOX_ENTRIES)
        entry_free(container_of(inbox->entries.prev, struct inbox_entry, link));
    else
        inbox->entry_count++;
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

void inbox_empty(struct inbox *inbox)
{
    list_each (link, &inbox->entries)
        entry_free(container_of(link, struct inbox_entry, link));
    inbox->entry_count = 0;
    inbox_script(inbox, NULL, 0, 0);
}
