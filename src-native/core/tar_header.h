/* The blocks that stand before a member's data in a tar archive: a ustar
   header, and before it a pax extended header where ustar has no room. Every
   tar reads this, and so does mksquashfs from 4.5 on. Names are bytes, in no
   character set. What differs between hosts and times is left out: the owner
   is 0:0, and times are in seconds unless more is asked for. */

#ifndef CH_TAR_HEADER_H
#define CH_TAR_HEADER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"
#include "tar_segments.h"
#include "xattrs.h"

#define TAR_BLOCK_SIZE 512

enum tar_type {
    TAR_FILE = '0',
    TAR_HARDLINK = '1',
    TAR_SYMLINK = '2',
    TAR_DIRECTORY = '5',
    TAR_FIFO = '6',
};

struct tar_header {
    enum tar_type type;
    const char *name;   /* relative, no slash at its end */
    const char *target; /* of hard links and symlinks, else NULL */
    mode_t mode;
    int64_t size; /* of files, holes included */
    int64_t mtime;
    long mtime_nsec;
    const struct xattr_list *xattrs;     /* or NULL */
    const struct tar_segments *segments; /* of a sparse file, or NULL */
};

/* Append the blocks of `header`. For a sparse file they include the map, and
   the segments' data is to follow without what lies between. Returns 0, or -1
   with errno ENOMEM. */
int tar_header_append(struct buffer *blocks, const struct tar_header *header);

/* How many zeros must follow `length` bytes to fill the last block. */
size_t tar_padding(int64_t length);

#endif
