/* A SquashFS 4.0 image, opened for reading by any number of threads at once.
   Nothing in the image is believed: every position is checked against the
   table or file that it points into, and memory is bounded whatever the image
   says. What is damaged gives EIO where it is met. */

#ifndef CH_READER_H
#define CH_READER_H

#include "core/error.h"
#include "core/squashfs_super.h"
#include "squashfs/block_cache.h"
#include "squashfs/damage.h"
#include "squashfs/engine.h"
#include "squashfs/image_file.h"
#include "squashfs/layout.h"
#include "squashfs/prefetch.h"
#include "squashfs/record.h"
#include "squashfs/statistics.h"
#include "squashfs/unpack.h"
#include "squashfs/xattr_table.h"

/* What 8 MiB do not give, more does not either: the kernel caches the files,
   we cache only blocks that are being read piece by piece. */
#define READER_CACHE_SIZE ((size_t)8 << 20)

struct squashfs_image {
    struct image_file file;
    unsigned threads_max; /* that may serve it; 0: as many as CPUs */
    uid_t uid;            /* whom everything belongs to */
    gid_t gid;
    struct squashfs_super super;
    struct unpackers unpackers;
    struct block_cache metadata; /* inodes, directories and tables */
    struct block_cache blocks;   /* of files, and fragments */
    struct prefetch prefetch;    /* into these */
    struct layout_cache layouts;
    struct xattr_table xattrs;
    struct damage_log damage;
    struct statistics statistics;
    struct record *record; /* NULL where nobody wants to know */
    unsigned char *zeros;  /* a block's worth: what sparse files read */
};

/* See `open` in engine.h. */
struct squashfs_image *reader_open(const struct squashfs_place *place,
                                   const struct squashfs_settings *settings,
                                   struct ch_error *err);

void reader_close(struct squashfs_image *image);

#endif
