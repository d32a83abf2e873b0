/* Uploaded files: those of a world, each for 24 hours of its clock, and the index of all worlds' together.
 *
 * "expiry 24 h" [recorded: expires_at]. --max-memory counts them with everything else: where it is used up, the oldest
 * of predictions' data and files go first. */
#ifndef CORE_FILES_H
#define CORE_FILES_H

#include "base/digest.h"
#include "core/world.h"

enum {
    FILE_ID_LEN = 48,  /* base64 of a UUIDv4's 36 characters */
    FILES_MAX = 10000, /* in a world; of more the oldest goes */
};

/* Of all worlds: worlds.files. */
struct file_index {
    struct map by_id;
    struct list by_age; /* the first uploaded first */
    size_t bytes;       /* what they occupy, with what is reserved for uploads that have not come to their end */
};

/* The files of one world: world.files, NULL until there is one. */
struct files {
    struct world *world;
    struct list list; /* by the time at which they expire: the last is the newest */
    size_t count;
    struct timer expiry; /* of the first */
};

/* The bytes of a file. They outlive it while they are being sent. */
struct blob {
    char *data;
    size_t len, refs;
    struct file_index *index; /* that counts them */
};

struct file {
    char id[FILE_ID_LEN + 1];
    char md5[MD5_HEX], sha256[SHA256_HEX];
    struct files *files;
    struct list link;   /* in files.list */
    struct list by_age; /* in file_index.by_age */
    uint64_t serial;    /* counted with predictions': which of them came first */
    int64_t created_at, expires_at;
    struct blob *blob;
    char *name, *content_type, *metadata; /* the last is a JSON object */
};

struct file_index *file_index_new(void);
void file_index_free(struct file_index *index); /* must be empty. NULL is fine */

/* "NGZiNmY2YzQtMThhZi00ZjcyLWFhZjktODg4NTY0NWNlMDEy": the base64 of "4fb6f6c4-18af-4f72-aaf9-8885645ce012". */
void file_id(char id[FILE_ID_LEN + 1], struct rng *rng);

/* Makes room for an upload of that many bytes and counts them until files_unreserve. False: there is none. */
bool files_reserve(struct worlds *worlds, size_t bytes);
void files_unreserve(struct worlds *worlds, size_t bytes);

/* Takes `len` bytes (from malloc) over. One reference, the caller's. */
struct blob *blob_new(struct worlds *worlds, char *data, size_t len);
struct blob *blob_ref(struct blob *blob);
void blob_unref(struct blob *blob);

/* Takes the file over: id, digests, created_at, blob and texts (from malloc) are set. It expires 24 hours after
 * created_at. */
void files_add(struct world *world, struct file *file);

struct file *files_find(const struct world *world, const char *id);       /* NULL: the world has none of that id */
struct file *files_find_any(const struct worlds *worlds, const char *id); /* the same in any open world */

/* Deletes it: nobody is told. */
void file_delete(struct file *file);

/* Deletes the oldest of all, if it came before `serial` and is not being sent. False: there is none. */
bool files_give_up_oldest(struct worlds *worlds, uint64_t serial);

/* Deletes the newest of the world, or, where none is left, what held them. False: there was nothing. */
bool files_reap(struct world *world);

/* All files of `from`, which may be closed, become those of `to`, which has none; they keep their times. */
void files_move(struct world *to, struct world *from);

#endif
