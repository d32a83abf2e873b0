#include "tls/folder.h"
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what is said --------------------------------------------------------------------------------------------------- */

static const char *slash_behind(const char *path)
{
    size_t len = strlen(path);

    return len > 0 && path[len - 1] == '/' ? "" : "/";
}

char *folder_join(const char *path, const char *name)
{
    struct buf joined = {0};
    size_t len;

    buf_printf(&joined, "%s%s%s", path, slash_behind(path), name);
    buf_char(&joined, '\0');
    return buf_take(&joined, &len);
}

bool folder_tell(const struct folder *folder, const char *name, char reason[FOLDER_REASON], const char *format, ...)
{
    enum { SHOWN = 200 }; // of a path: what is wrong with it has to find room as well
    size_t len = strlen(folder->path), cut = len > SHOWN ? len - SHOWN : 0;
    va_list args;

    int head = snprintf(reason, FOLDER_REASON, "%s%s%s%s: ", cut > 0 ? "..." : "", folder->path + cut,
                        name ? slash_behind(folder->path) : "", name ? name : "");
    va_start(args, format);
    vsnprintf(reason + head, (size_t)(FOLDER_REASON - head), format, args);
    va_end(args);
    for (char *c = reason; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) // a path may hold line ends
            *c = '?';
    return false;
}

/* --- the folder ------------------------------------------------------------------------------------------------------ */

/* Each folder on the way that is not there yet. */
static bool make_folders(const struct folder *folder, mode_t mode, char reason[FOLDER_REASON])
{
    char *path = xstrdup(folder->path);
    size_t len = strlen(path);
    bool made = true;

    while (len > 1 && path[len - 1] == '/')
        path[--len] = '\0';
    for (size_t i = 1; made && i <= len; i++) {
        char c = path[i];
        if (c != '/' && c != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, c == '\0' ? mode : 0777) != 0 && errno != EEXIST)
            made =
                folder_tell(folder, NULL, reason, "the folder cannot be made (at %.100s: %s)", path, strerror(errno));
        path[i] = c;
    }
    free(path);
    return made;
}

bool folder_open(struct folder *folder, const char *path, mode_t mode, char reason[FOLDER_REASON])
{
    enum { HOW = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

    *folder = (struct folder){.path = path, .fd = open(path, HOW)};
    if (folder->fd < 0 && errno == ENOENT && *path) {
        if (!make_folders(folder, mode, reason))
            return false;
        folder->fd = open(path, HOW);
    }
    if (folder->fd >= 0)
        return true;
    if (errno == ENOTDIR)
        return folder_tell(folder, NULL, reason,
                           "is no folder, or a part of the path is none: a folder is needed there");
    return folder_tell(folder, NULL, reason, "cannot be opened as a folder: %s", strerror(errno));
}

void folder_close(struct folder *folder)
{
    close(folder->fd);
    folder->fd = -1;
}

bool folder_lock(const struct folder *folder, int ms, char reason[FOLDER_REASON])
{
    enum { PAUSE = 20 }; // ms; there is no flock(2) with an end

    for (int waited = 0; flock(folder->fd, LOCK_EX | LOCK_NB) != 0; waited += PAUSE) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return true; // NFS, say, and folders that are open for reading alone
        if (waited >= ms)
            return folder_tell(folder, NULL, reason,
                               "another process has kept the folder locked for %d ms: end that one, or name another "
                               "folder",
                               ms);
        poll(NULL, 0, PAUSE);
    }
    return true;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

/* Up to `most` bytes and one more, by which a larger file is known. False: see errno. */
static bool read_some(int fd, size_t most, struct buf *text)
{
    enum { PIECE = 65536 };

    while (text->len <= most) {
        size_t room = most + 1 - text->len < PIECE ? most + 1 - text->len : PIECE;
        buf_reserve(text, room);
        ssize_t got = read(fd, text->data + text->len, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        text->len += (size_t)got;
    }
    return true;
}

static enum folder_found read_open_file(const struct folder *folder, const char *name, size_t most, int fd,
                                        struct folder_file *file, char reason[FOLDER_REASON])
{
    struct stat about;
    struct buf text = {0};

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        folder_tell(folder, name, reason, "is no regular file: move it out of the way");
        return FOLDER_REFUSED;
    }
    if (!read_some(fd, most, &text)) {
        folder_tell(folder, name, reason, "cannot be read: %s", strerror(errno));
        buf_free(&text);
        return FOLDER_REFUSED;
    }
    if (text.len > most) {
        folder_tell(folder, name, reason, "is larger than %zu KiB, which no such file is", most / 1024);
        buf_free(&text);
        return FOLDER_TOO_LARGE;
    }
    buf_char(&text, '\0');
    file->text = buf_take(&text, &file->len);
    file->len--;
    file->mode = about.st_mode & 07777;
    return FOLDER_HAS;
}

enum folder_found folder_read(const struct folder *folder, const char *name, size_t most, struct folder_file *file,
                              char reason[FOLDER_REASON])
{
    int fd = openat(folder->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); // O_NONBLOCK: a FIFO has no end
    struct stat about;

    if (fd < 0 && errno == ENOENT) {
        if (fstatat(folder->fd, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            return FOLDER_LACKS;
        folder_tell(folder, name, reason,
                    "is a symbolic link to a file that is not there: remove it, or put one there");
        return FOLDER_REFUSED;
    }
    if (fd < 0) {
        folder_tell(folder, name, reason, "cannot be read: %s", strerror(errno));
        return FOLDER_REFUSED;
    }
    enum folder_found found = read_open_file(folder, name, most, fd, file, reason);
    close(fd);
    return found;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, text, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        len -= (size_t)written;
    }
    return true;
}

/* Fills the file and puts it in its place. A file system that does not know modes keeps its own. */
static bool fill(const struct folder *folder, int fd, const char *temporary, const char *name, const char *text,
                 size_t len, mode_t mode)
{
    if (!write_all(fd, text, len))
        return false;
    if (mode != 0600)
        (void)!fchmod(fd, mode);
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS) // these: it knows no fsync
        return false;
    if (renameat(AT_FDCWD, temporary, folder->fd, name) != 0)
        return false;
    fsync(folder->fd); // the name
    return true;
}

static enum folder_kept tell_why(const struct folder *folder, const char *name, int error, char reason[FOLDER_REASON])
{
    folder_tell(folder, name, reason, "cannot be written: %s", strerror(error));
    return error == EROFS || error == EACCES || error == EPERM ? FOLDER_READ_ONLY : FOLDER_FAILED;
}

enum folder_kept folder_write(const struct folder *folder, const char *name, const char *text, size_t len, mode_t mode,
                              char reason[FOLDER_REASON])
{
    char hidden[64];

    snprintf(hidden, sizeof(hidden), ".%s.XXXXXX", name);
    char *temporary = folder_join(folder->path, hidden);
    int fd = mkostemp(temporary, O_CLOEXEC); // with mode 0600
    bool filled = fd >= 0 && fill(folder, fd, temporary, name, text, len, mode);
    int error = errno;
    if (fd >= 0 && !filled)
        unlink(temporary);
    if (fd >= 0)
        close(fd);
    free(temporary);
    return filled ? FOLDER_WRITTEN : tell_why(folder, name, error, reason);
}

void folder_remove(const struct folder *folder, const char *name)
{
    unlinkat(folder->fd, name, 0);
}
