/* The journal: what requests have come, and how each was answered. Each world has its own, and the whole server has one for
 * what belongs to no world. A ring: of too many, or too large ones, the oldest go, in a journal and on the server. */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include "base/id.h"
#include "core/world.h"

enum {
    JOURNAL_ENTRIES = 1000,          /* in a journal */
    JOURNAL_BYTES = 4 << 20,         /* of a journal's entries, in memory */
    JOURNAL_SERVER_BYTES = 64 << 20, /* of all */
    JOURNAL_OPEN_BYTES = 32 << 20, /* beside these, of requests that are not answered yet; beyond, no bodies are kept */
    JOURNAL_BODY_KEPT = 64 << 10,  /* bytes of a request's body */
};

/* The texts of an entry; an empty one is none. */
enum journal_text {
    JOURNAL_METHOD,
    JOURNAL_PATH,
    JOURNAL_QUERY,   /* name NUL value NUL, one pair after another */
    JOURNAL_HEADERS, /* the same */
    JOURNAL_BODY,
    JOURNAL_SCENARIO, /* the name of the rule that hit */
    JOURNAL_UNREAD,   /* path NUL, one after another */
    JOURNAL_TEXTS
};

/* What is known of a request before it is answered. */
struct journal_request {
    uint64_t number;           /* journal_number gave it: what its id is made of */
    int64_t at;                /* simulated, by its world's clock */
    const char *operation;     /* a literal; NULL: of none */
    const char *text;          /* all texts, one behind the other, … */
    size_t len[JOURNAL_TEXTS]; /* … each so long */
};

struct journal_entry {
    struct list link; /* in its journal, and … */
    struct list all;  /* … in journals.entries, the newest first */
    struct journal *journal;
    uint64_t number; /* what its id is made of */
    uint64_t serial; /* of the server: what came to its end later has a greater one */
    int64_t at;
    int64_t duration; /* real */
    int status;       /* 0: nothing was answered */
    const char *operation;
    uint32_t len[JOURNAL_TEXTS];
    char text[];
};

/* Of one world. It outlives the world while one of its requests is not answered yet. */
struct journal {
    struct journals *journals;
    char world[WORLD_NAME_LEN + 1]; /* its name; "": of no world */
    struct list entries;            /* the newest first */
    size_t count, bytes;
    size_t open; /* entries that are begun, and not in `entries` yet */
    bool closed;
    struct list link; /* in journals.closed */
};

/* Whoever wants to hear of each entry; embed it, and link it into journals.watches. */
struct journal_watch {
    struct list link;
    void (*see)(struct journal_watch *watch, const struct journal_entry *entry); /* may unlink itself */
};

/* Those of a server. */
struct journals {
    struct list entries; /* of all journals, the newest first; those of closed ones, too, until they are freed */
    struct list closed;  /* journals */
    struct list watches;
    struct journal *own;      /* of what belongs to no world; NULL: nothing yet */
    size_t bytes, open_bytes; /* of entries; of those that are begun, and not ended yet */
    uint64_t numbers, serial; /* given so far */
    struct hash_key key;      /* what ids are made of, with a number */
};

/* `secret`: from which the key of the ids is derived. */
struct journals *journals_new(const struct hash_key *secret);
void journals_free(struct journals *journals); /* closes `own`; no request is open any more. NULL is fine */

/* A number for a request that has begun, and the id that it will have. */
uint64_t journal_number(struct journals *journals);
void journal_id_of_number(const struct journals *journals, uint64_t number, char id[UUID_TEXT]);

/* The journal of a world, or, where it is NULL, of what belongs to none; made if need be. */
struct journal *journal_of(struct worlds *worlds, struct world *world);

/* Nothing of it can be found any more; its memory goes by journals_reap. Takes no longer if it holds much. NULL is fine. */
void journal_close(struct journal *journal);

/* Frees some of what closed journals hold: at most *budget entries, which are taken off. True: there is more. */
bool journals_reap(struct journals *journals, size_t *budget);

/* May the next one have a body? Nobody can drop what has not ended: thousands that wait may not fill the memory. */
bool journals_keep_bodies(const struct journals *journals);

/* Notes a request. Every entry that was begun has to be ended, whatever has become of its world. */
struct journal_entry *journal_begin(struct journal *journal, const struct journal_request *request);

/* The request was answered with that status (0: it was not), that long after it came: the entry stands in its journal, and
 * those who watch are told; where the journal was closed meanwhile, nobody is, and it goes. False: it has gone. */
bool journal_end(struct journal_entry *entry, int status, int64_t duration);

/* Which entries are meant; zero-initialised: all. */
struct journal_filter {
    const char *method, *path, *operation; /* the path's beginning; a pattern of operations. NULL: any */
    int status;                            /* 0: any */
    int64_t since;                         /* simulated */
    uint64_t after;                        /* entries of greater serials */
};

bool journal_matches(const struct journal_entry *entry, const struct journal_filter *filter);

/* Goes through the entries of one journal, or, where `of` is NULL, of all: the newest that the filter means, of those
 * that are older than `from` (NULL: of all). NULL: there is none. */
struct journal_entry *journal_next(const struct journals *journals, const struct journal *of,
                                   const struct journal_filter *filter, const struct journal_entry *from);

size_t journal_count(const struct journals *journals, const struct journal *of, const struct journal_filter *filter);

void journal_remove(struct journal_entry *entry);

/* One of its texts; without bytes where there is none. */
struct slice journal_text(const struct journal_entry *entry, enum journal_text which);

void journal_id(const struct journal_entry *entry, char id[UUID_TEXT]);

#endif
