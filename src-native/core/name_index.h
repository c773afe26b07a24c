/* What is known of names in an archive, by their hash: 24 bytes a name however
   long it is. Two names may in theory share a 64-bit hash, so whoever asks must
   be able to live with a wrong "known". */

#ifndef CH_NAME_INDEX_H
#define CH_NAME_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum name_kind {
    NAME_UNKNOWN,
    NAME_IMPLIED,   /* a directory that only others' names speak of */
    NAME_DIRECTORY, /* a directory with a member of its own */
    NAME_OTHER,     /* anything else */
    NAME_DEVICE,    /* left out */
};

struct name_slot {
    uint64_t hash; /* 0: free */
    uint64_t tag;  /* the user's own */
    enum name_kind kind;
};

/* Initialise with {0}. */
struct name_index {
    struct name_slot *slots;
    size_t capacity; /* a power of two */
    size_t used;
};

/* The hash of the `length` bytes at `name`, never 0. */
uint64_t name_hash(const char *name, size_t length);

/* The slot of the `length` bytes at `name`; NULL if it is not known. Valid
   until the next name_index_put(). */
struct name_slot *name_index_find(const struct name_index *index,
                                  const char *name, size_t length);

/* Add a name or replace what is known of it. Returns 0, or -1 with errno
   ENOMEM. */
int name_index_put(struct name_index *index, const char *name, size_t length,
                   enum name_kind kind, uint64_t tag);

void name_index_release(struct name_index *index);

#endif
