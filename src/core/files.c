#include "core/files.h"
#include "base/id.h"
#include "core/store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What a file costs beside its own bytes: its place in the index, and malloc's own. */
enum { OVERHEAD = 160 };

static const int64_t lifetime = 24 * 3600 * NS_PER_S;

/* --- all worlds' ------------------------------------------------------------------------------------------------ */

static struct slice id_of(const void *value)
{
    return (struct slice){((const struct file *)value)->id, FILE_ID_LEN};
}

struct file_index *file_index_new(void)
{
    struct file_index *index = xnew(struct file_index);

    map_init(&index->by_id, id_of, id_random_key());
    list_init(&index->by_age);
    return index;
}

void file_index_free(struct file_index *index)
{
    if (!index)
        return;
    assert(list_empty(&index->by_age) && index->bytes == 0);
    map_free(&index->by_id);
    free(index);
}

bool files_reserve(struct worlds *worlds, size_t bytes)
{
    if (store_make_memory(worlds->store, worlds, bytes) != STORE_OK)
        return false;
    worlds->files->bytes += bytes;
    return true;
}

void files_unreserve(struct worlds *worlds, size_t bytes)
{
    worlds->files->bytes -= bytes;
}

struct blob *blob_new(struct worlds *worlds, char *data, size_t len)
{
    struct blob *blob = xnew(struct blob);

    *blob = (struct blob){.data = data, .len = len, .refs = 1, .index = worlds->files};
    blob->index->bytes += len;
    return blob;
}

struct blob *blob_ref(struct blob *blob)
{
    blob->refs++;
    return blob;
}

void blob_unref(struct blob *blob)
{
    if (--blob->refs > 0)
        return;
    blob->index->bytes -= blob->len;
    free(blob->data);
    free(blob);
}

/* --- a file ----------------------------------------------------------------------------------------------------- */

void file_id(char id[FILE_ID_LEN + 1], struct rng *rng)
{
    uint64_t high = rng_next(rng), low = rng_next(rng);
    char uuid[37];

    // RFC 9562, 5.4: four bits say version 4, two say variant.
    snprintf(uuid, sizeof(uuid), "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
             high >> 16 & 0xffff, high & 0xfff, (low >> 48 & 0x3fff) | 0x8000, low & 0xffffffffffff);
    digest_base64_encode(id, uuid, sizeof(uuid) - 1);
}

/* Without its blob, which counts for itself. */
static size_t cost_of(const struct file *file)
{
    return sizeof(*file) + OVERHEAD + strlen(file->name) + strlen(file->content_type) + strlen(file->metadata);
}

/* The timer follows the file that expires first. */
static void set_expiry(struct files *files)
{
    const struct file *first = list_first(&files->list, struct file, link);

    if (!first || files->world->closed)
        sched_cancel(&files->world->sched, &files->expiry);
    else if (files->expiry.node.place == 0 || files->expiry.due != first->expires_at)
        sched_set(&files->world->sched, &files->expiry, first->expires_at);
}

void file_delete(struct file *file)
{
    struct files *files = file->files;
    struct file_index *index = files->world->worlds->files;

    map_remove(&index->by_id, file);
    list_remove(&file->by_age);
    list_remove(&file->link);
    files->count--;
    index->bytes -= cost_of(file);
    set_expiry(files);
    blob_unref(file->blob);
    free(file->name);
    free(file->content_type);
    free(file->metadata);
    free(file);
}

static void expire(struct timer *timer)
{
    struct files *files = container_of(timer, struct files, expiry);
    struct file *file = list_first(&files->list, struct file, link);
    struct event event = {.type = EVENT_FILE_EXPIRED, .world = files->world, .file = file, .at = timer->due};

    event_publish(&event);
    file_delete(file);
}

/* --- a world's -------------------------------------------------------------------------------------------------- */

static struct files *files_of(struct world *world)
{
    if (world->files)
        return world->files;
    struct files *files = xnew(struct files);
    files->world = world;
    list_init(&files->list);
    files->expiry.fire = expire;
    world->files = files;
    return files;
}

/* Mostly it is the last to expire; not where a reset has kept others and set the clock back. */
static void insert(struct files *files, struct file *file)
{
    struct list *before = files->list.prev;

    while (before != &files->list && container_of(before, struct file, link)->expires_at > file->expires_at)
        before = before->prev;
    list_prepend(before, &file->link);
}

void files_add(struct world *world, struct file *file)
{
    struct files *files = files_of(world);
    struct file_index *index = world->worlds->files;

    if (files->count == FILES_MAX)
        file_delete(list_first(&files->list, struct file, link));
    file->files = files;
    file->serial = ++world->worlds->store->serials;
    file->expires_at = time_after(file->created_at, lifetime);
    map_put(&index->by_id, file); // of a closed world's with --seed there may be one of this id
    list_append(&index->by_age, &file->by_age);
    insert(files, file);
    files->count++;
    index->bytes += cost_of(file);
    set_expiry(files);
}

struct file *files_find_any(const struct worlds *worlds, const char *id)
{
    struct file *file = strlen(id) == FILE_ID_LEN ? map_find(&worlds->files->by_id, id, FILE_ID_LEN) : NULL;

    return file && !file->files->world->closed ? file : NULL;
}

struct file *files_find(const struct world *world, const char *id)
{
    struct file *file = world ? files_find_any(world->worlds, id) : NULL;

    return file && file->files->world == world ? file : NULL;
}

bool files_give_up_oldest(struct worlds *worlds, uint64_t serial)
{
    list_each (link, &worlds->files->by_age) {
        struct file *file = container_of(link, struct file, by_age);
        if (file->serial > serial)
            return false;
        if (file->blob->refs > 1) // its bytes would stay
            continue;
        file_delete(file);
        return true;
    }
    return false;
}

bool files_reap(struct world *world)
{
    struct files *files = world->files;

    if (!files)
        return false;
    if (files->count > 0) {
        file_delete(container_of(files->list.prev, struct file, link));
        return true;
    }
    sched_cancel(&world->sched, &files->expiry);
    free(files);
    world->files = NULL;
    return true;
}

void files_move(struct world *to, struct world *from)
{
    struct files *files = from->files;

    assert(!to->files);
    if (!files)
        return;
    sched_cancel(&from->sched, &files->expiry);
    from->files = NULL;
    to->files = files;
    files->world = to;
    set_expiry(files);
}
