/* A member of a tar archive as an image sees it: its name below the image's
   root, and the attributes that an unprivileged image can have. */

#ifndef CH_MEMBER_H
#define CH_MEMBER_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "error.h"
#include "xattrs.h"

enum member_kind {
    MEMBER_FILE,
    MEMBER_DIRECTORY,
    MEMBER_SYMLINK,
    MEMBER_HARDLINK,
    MEMBER_FIFO,
    MEMBER_DEVICE, /* character or block: an image cannot hold it */
};

struct member {
    enum member_kind kind;
    char *name;   /* relative and clean; "" is the root itself */
    char *target; /* of a symlink as it is, of a hard link like a name */
    mode_t mode;  /* permissions; the owner can always read and write */
    int64_t size;
    struct timespec mtime;
    struct xattr_list xattrs; /* empty unless asked for */
};

struct member_options {
    const char *strip; /* leading directories to drop from names, or "" */
    bool xattrs;
};

/* Counters of what became of an archive's members. */
struct member_stats {
    int64_t entries; /* members written */
    int64_t bytes;   /* of file data written */
    int64_t devices; /* left out */
};

/* Translate `entry`; the caller releases the result. Refuses names with "..",
   and names not below `strip` (errnum EXDEV). */
int member_from_entry(struct member *member, struct archive_entry *entry,
                      const struct member_options *options,
                      struct ch_error *err);

/* What an image's file or directory has of the permissions `mode`. */
mode_t member_mode(mode_t mode, bool directory);

void member_release(struct member *member);

#define CLEANUP_MEMBER __attribute__((cleanup(member_release)))

#endif
