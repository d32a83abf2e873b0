/* A folder, an authority's or another: its files read with a bound, written whole or not at all, by one process at a time. */
#ifndef TLS_FOLDER_H
#define TLS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FOLDER_REASON = 512 };

struct folder {
    const char *path; /* the caller's */
    int fd;
};

/* Zero-initialise to begin; free() the text. */
struct folder_file {
    char *text; /* ends with a NUL that `len` does not count; NULL: none was read */
    size_t len;
    mode_t mode;
};

enum folder_found {
    FOLDER_HAS,
    FOLDER_LACKS,
    FOLDER_TOO_LARGE, /* reason says so */
    FOLDER_REFUSED,   /* reason says why: no regular file, not readable, … */
};

enum folder_kept {
    FOLDER_WRITTEN,
    FOLDER_READ_ONLY, /* nobody, or not this user, may write there; reason says so */
    FOLDER_FAILED,    /* reason says why */
};

/* Opens a folder and makes it, with `mode`, where there is none; those above it as mkdir -p would. False: reason says why,
 * and there is nothing to close. */
bool folder_open(struct folder *folder, const char *path, mode_t mode, char reason[FOLDER_REASON]);
void folder_close(struct folder *folder); /* gives the lock back */

/* Waits until no other process has the lock, `ms` at most; on file systems without locks it does not wait at all. False:
 * reason says that another has it. */
bool folder_lock(const struct folder *folder, int ms, char reason[FOLDER_REASON]);

/* Reads a file of at most `most` bytes. Nothing but a regular file, or a link to one, is read: a FIFO would not end. */
enum folder_found folder_read(const struct folder *folder, const char *name, size_t most, struct folder_file *file,
                              char reason[FOLDER_REASON]);

/* Writes a file, or replaces it, with `mode`, and sees to it that it is on the disk. Whatever happens meanwhile, under
 * `name` is either all of the old or all of the new. */
enum folder_kept folder_write(const struct folder *folder, const char *name, const char *text, size_t len, mode_t mode,
                              char reason[FOLDER_REASON]);

/* Fills in reason with "FOLDER/NAME: …" in one line (NAME may be NULL), of a long path with its end alone. Returns false,
 * because in most cases that is what is to be said next. */
bool folder_tell(const struct folder *folder, const char *name, char reason[FOLDER_REASON], const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void folder_remove(const struct folder *folder, const char *name);

/* The path of a file in it, malloc'd. */
char *folder_join(const char *path, const char *name);

#endif
