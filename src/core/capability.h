/* Capability URLs: keys that nobody can guess and that say, to us alone, which prediction they belong to. Nothing is
 * stored for them: the key holds the id, masked by a keyed hash that is also its proof. */
#ifndef CORE_CAPABILITY_H
#define CORE_CAPABILITY_H

#include "base/hash.h"
#include "base/id.h"

enum {
    FILE_KEY_LEN = 49,   /* of an output file: 49 of [0-9A-Za-z], as nearly all of the recorded ones */
    STREAM_KEY_LEN = 52, /* of a stream: 52 of [a-z2-7] */
    STREAM_TAG_LEN = 4,  /* four letters, which stand before the key of a stream of files: "bcwr-…" */
};

/* The key of the prediction's output file of that name. */
void capability_file_key(char key[FILE_KEY_LEN + 1], const struct hash_key *secret, const char *id, const char *name);

/* Which prediction has a file of that key and name? False: none; the key was not made by us, or for another name. */
bool capability_file_id(char id[ID_LEN + 1], const struct hash_key *secret, const char *key, const char *name);

/* The key of the prediction's stream, and the tag that stands before it where the stream is one of files. */
void capability_stream_key(char key[STREAM_KEY_LEN + 1], char tag[STREAM_TAG_LEN + 1], const struct hash_key *secret,
                           const char *id);

/* Which prediction has a stream of that key? `tag`: the four letters before it, NULL where there are none. False: no
 * such prediction; the key was not made by us, or has another tag. */
bool capability_stream_id(char id[ID_LEN + 1], const struct hash_key *secret, const char *tag, const char *key);

#endif
