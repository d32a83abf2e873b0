#include "core/journal.h"
#include "core/operation.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

static struct journal_entry *entry_of(const struct list *link)
{
    return container_of(link, struct journal_entry, link);
}

static struct journal_entry *entry_of_all(const struct list *link)
{
    return container_of(link, struct journal_entry, all);
}

/* --- journals ------------------------------------------------------------------------------------------------------- */

struct journals *journals_new(const struct hash_key *secret)
{
    struct journals *journals = xnew(struct journals);

    list_init(&journals->entries);
    list_init(&journals->closed);
    list_init(&journals->watches);
    journals->key = hash_derive(secret, "journal");
    return journals;
}

static struct journal *journal_new(struct journals *journals, const char *world)
{
    struct journal *journal = xnew(struct journal);

    journal->journals = journals;
    memcpy(journal->world, world, strlen(world));
    list_init(&journal->entries);
    list_init(&journal->link);
    return journal;
}

struct journal *journal_of(struct worlds *worlds, struct world *world)
{
    struct journal **journal = world ? &world->journal : &worlds->journals->own;

    if (!*journal)
        *journal = journal_new(worlds->journals, world ? world->name : "");
    return *journal;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    journal->closed = true;
    list_append(&journal->journals->closed, &journal->link);
}

bool journals_reap(struct journals *journals, size_t *budget)
{
    list_each (link, &journals->closed) {
        struct journal *journal = container_of(link, struct journal, link);
        while (!list_empty(&journal->entries)) {
            if (*budget == 0)
                return true;
            --*budget;
            journal_remove(entry_of(journal->entries.next));
        }
        if (journal->open > 0)
            continue; // its last one will be dropped where it ends
        list_remove(&journal->link);
        free(journal);
    }
    return false;
}

void journals_free(struct journals *journals)
{
    size_t all = SIZE_MAX;

    if (!journals)
        return;
    journal_close(journals->own);
    journals_reap(journals, &all);
    assert(list_empty(&journals->closed) && list_empty(&journals->entries) && list_empty(&journals->watches));
    free(journals);
}

/* --- entries -------------------------------------------------------------------------------------------------------- */

static size_t text_len(const struct journal_entry *entry)
{
    size_t len = 0;

    for (size_t i = 0; i < JOURNAL_TEXTS; i++)
        len += entry->len[i];
    return len;
}

static size_t size_of(const struct journal_entry *entry)
{
    return sizeof(*entry) + text_len(entry);
}

uint64_t journal_number(struct journals *journals)
{
    return ++journals->numbers;
}

void journal_id_of_number(const struct journals *journals, uint64_t number, char id[UUID_TEXT])
{
    id_uuid(id, &journals->key, number);
}

bool journals_keep_bodies(const struct journals *journals)
{
    return journals->open_bytes < JOURNAL_OPEN_BYTES;
}

struct journal_entry *journal_begin(struct journal *journal, const struct journal_request *request)
{
    size_t len = 0;

    for (size_t i = 0; i < JOURNAL_TEXTS; i++)
        len += request->len[i];
    struct journal_entry *entry = xmalloc(sizeof(*entry) + len);
    *entry = (struct journal_entry){
        .journal = journal, .number = request->number, .at = request->at, .operation = request->operation};
    for (size_t i = 0; i < JOURNAL_TEXTS; i++)
        entry->len[i] = (uint32_t)request->len[i];
    if (len > 0)
        memcpy(entry->text, request->text, len);
    journal->open++;
    journal->journals->open_bytes += size_of(entry);
    return entry;
}

void journal_remove(struct journal_entry *entry)
{
    struct journal *journal = entry->journal;
    size_t size = size_of(entry);

    journal->count--;
    journal->bytes -= size;
    journal->journals->bytes -= size;
    list_remove(&entry->link);
    list_remove(&entry->all);
    free(entry);
}

/* Never the one that has just come: no entry is as large as what there is room for. */
static void drop_oldest(struct journal *journal)
{
    struct journals *journals = journal->journals;

    while (journal->count > JOURNAL_ENTRIES || journal->bytes > JOURNAL_BYTES)
        journal_remove(entry_of(journal->entries.prev));
    while (journals->bytes > JOURNAL_SERVER_BYTES)
        journal_remove(entry_of_all(journals->entries.prev));
}

bool journal_end(struct journal_entry *entry, int status, int64_t duration)
{
    struct journal *journal = entry->journal;
    struct journals *journals = journal->journals;
    size_t size = size_of(entry);

    journal->open--;
    journals->open_bytes -= size;
    if (journal->closed) {
        free(entry);
        return false;
    }
    entry->status = status;
    entry->duration = duration;
    entry->serial = ++journals->serial;
    journal->count++;
    journal->bytes += size;
    journals->bytes += size;
    list_prepend(&journal->entries, &entry->link);
    list_prepend(&journals->entries, &entry->all);
    drop_oldest(journal);
    list_each (link, &journals->watches) {
        struct journal_watch *watch = container_of(link, struct journal_watch, link);
        watch->see(watch, entry);
    }
    return true;
}

struct slice journal_text(const struct journal_entry *entry, enum journal_text which)
{
    const char *at = entry->text;

    for (size_t i = 0; i < (size_t)which; i++)
        at += entry->len[i];
    return (struct slice){at, entry->len[which]};
}

void journal_id(const struct journal_entry *entry, char id[UUID_TEXT])
{
    journal_id_of_number(entry->journal->journals, entry->number, id);
}

/* --- looking for them ----------------------------------------------------------------------------------------------- */

static bool is_method(const struct journal_entry *entry, const char *method)
{
    struct slice text = journal_text(entry, JOURNAL_METHOD);

    return strlen(method) == text.len && strncasecmp(method, text.data, text.len) == 0;
}

static bool begins_with(const struct journal_entry *entry, const char *path)
{
    struct slice text = journal_text(entry, JOURNAL_PATH);
    size_t len = strlen(path);

    return len <= text.len && (len == 0 || memcmp(text.data, path, len) == 0);
}

bool journal_matches(const struct journal_entry *entry, const struct journal_filter *filter)
{
    if (filter->status && entry->status != filter->status)
        return false;
    if (entry->at < filter->since || entry->serial <= filter->after)
        return false;
    if (filter->method && !is_method(entry, filter->method))
        return false;
    if (filter->path && !begins_with(entry, filter->path))
        return false;
    return !filter->operation || (entry->operation && operation_matches(filter->operation, entry->operation));
}

struct journal_entry *journal_next(const struct journals *journals, const struct journal *of,
                                   const struct journal_filter *filter, const struct journal_entry *from)
{
    const struct list *head = of ? &of->entries : &journals->entries;
    const struct list *at = !from ? head : of ? &from->link : &from->all;

    for (at = at->next; at != head; at = at->next) {
        struct journal_entry *entry = of ? entry_of(at) : entry_of_all(at);
        if (!entry->journal->closed && journal_matches(entry, filter))
            return entry;
    }
    return NULL;
}

size_t journal_count(const struct journals *journals, const struct journal *of, const struct journal_filter *filter)
{
    const struct journal_entry *entry = NULL;
    size_t count = 0;

    while ((entry = journal_next(journals, of, filter, entry)))
        count++;
    return count;
}
