/* What a stream of members has said about names, so that each new member can
   be judged by a reader that never looks back: mksquashfs -tar. */

#ifndef CH_STREAM_NAMES_H
#define CH_STREAM_NAMES_H

#include <stddef.h>

#include "error.h"
#include "member.h"
#include "name_index.h"

/* Initialise with {0}. */
struct stream_names {
    struct name_index index;
    char **implied; /* directories that a name spoke of before any member did */
    size_t implied_count, implied_capacity;
};

enum stream_verdict {
    STREAM_PASS,
    STREAM_DROP,   /* says nothing new */
    STREAM_DEVICE, /* a device, or a hard link to one */
};

/* Judge `member` and remember it. Returns a verdict; or -1, with errnum
   EOPNOTSUPP if a stream cannot say what this member means. */
int stream_names_judge(struct stream_names *names, const struct member *member,
                       struct ch_error *err);

/* What is known of the `length` bytes at `name`. */
enum name_kind stream_names_kind(const struct stream_names *names,
                                 const char *name, size_t length);

void stream_names_release(struct stream_names *names);

#endif
