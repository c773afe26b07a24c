/* The members of a layer, as whoever unpacks or merges layers reads them. */

#ifndef CH_LAYER_MEMBER_H
#define CH_LAYER_MEMBER_H

#include <archive_entry.h>
#include <stdbool.h>
#include <sys/types.h>

#include "archive_input.h"
#include "error.h"
#include "member.h"
#include "whiteout.h"

struct layer_member {
    struct member member;        /* without attributes that are not a layer's */
    enum whiteout_kind kind;     /* never WHITEOUT_INVALID */
    mode_t mode;                 /* as the archive has it */
    struct archive_entry *entry; /* the input's, until the next one */
};

/* Read the next member; the caller releases it. Returns 1, 0 at the end, or -1,
   also for a name that no layer may have. */
int layer_member_next(struct layer_member *layer_member,
                      struct archive_input *input, struct ch_error *err);

/* A mode that an image cannot have (member.h) is kept beside the one it gets:
   add the attribute for it, if there is need. */
int layer_member_keep_mode(struct layer_member *layer_member,
                           struct ch_error *err);

/* Whether it is a file or directory with setuid or setgid bits. */
bool layer_member_is_privileged(const struct layer_member *layer_member);

void layer_member_release(struct layer_member *layer_member);

#define CLEANUP_LAYER_MEMBER __attribute__((cleanup(layer_member_release)))

#endif
