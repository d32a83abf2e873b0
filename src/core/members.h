/* Reading an object by a table: one row for each member that it may have. "An unknown key is an error that names it." */
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include "base/faults.h"
#include "base/json.h"

#include <stdint.h>

/* What a row's function reads into, and where it says what is wrong. */
struct reading {
    void *into;          /* the reader's own: the struct that is filled in */
    const void *context; /* and what else it has to know */
    struct arena *arena; /* what texts are kept in */
    struct faults *faults;
};

/* One row: `read` takes the member's value, which stands at `path`. A table ends with a name of NULL. */
struct member {
    const char *name;
    void (*read)(struct reading *reading, const cJSON *value, const char *path);
};

/* Goes through the object's members. What is no object, and a member that the table does not have, is a fault. */
void members_read(struct reading *reading, const struct member *members, const cJSON *object, const char *path);

/* Notes a fault at `path`. */
__attribute__((format(printf, 3, 4))) void members_refuse(struct reading *reading, const char *path, const char *format,
                                                          ...);

/* "path.name", as long as the faults. */
const char *members_path(struct reading *reading, const char *path, const char *name);

/* The text, kept in the reading's arena. */
const char *members_keep(struct reading *reading, const char *text);

/* Is it a whole number within these bounds? Then it is put into *number. */
bool members_whole(const cJSON *value, int64_t least, int64_t most, int64_t *number);

/* A duration ("250ms", "2m") of at most `most` nanoseconds; anything else is a fault. */
void members_duration(struct reading *reading, const cJSON *value, const char *path, int64_t most, int64_t *duration);

/* true or false; anything else is a fault. */
void members_bool(struct reading *reading, const cJSON *value, const char *path, bool *flag);

#endif
