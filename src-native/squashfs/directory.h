/* Directories: a sorted list of names in runs of at most 256 that share a
   header, and for long ones an index with the first name of each metadata
   block, by which to go near a name or an offset at once. */

#ifndef CH_DIRECTORY_H
#define CH_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "squashfs/inode.h"

#define DIRECTORY_NAME_MAX 256

struct directory_entry {
    uint64_t reference; /* of its inode: see inode_read() */
    uint32_t number;    /* of its inode */
    unsigned type;      /* DT_DIR, ... */
    uint32_t end;       /* offset in the listing of what follows */
    size_t name_length;
    char name[DIRECTORY_NAME_MAX];
};

struct directory {
    struct metadata_cursor cursor;
    uint32_t offset; /* in the listing */
    uint32_t size;   /* of the listing */
    uint32_t left_in_run;
    uint32_t run_inodes; /* their metadata block */
    uint32_t run_number; /* the entries' numbers count from it */
};

/* Ends by itself. */
#define DIRECTORY __attribute__((cleanup(directory_close))) struct directory

/* Start at the first entry that ends behind `offset`: 0, or an entry's `end`.
   Returns 0, or -1 with errno set; `directory` is to be closed in any case. */
int directory_open(struct squashfs_image *image, const struct inode *inode,
                   uint32_t offset, struct directory *directory);

/* Returns 1 with an entry, 0 at the end, -1 with errno set. */
int directory_next(struct directory *directory, struct directory_entry *entry);

void directory_close(struct directory *directory);

/* Find `name`. Returns 1 and its inode's reference, 0 if there is no such name,
   -1 with errno set. */
int directory_find(struct squashfs_image *image, const struct inode *inode,
                   const char *name, size_t length, uint64_t *reference);

/* Whether `child`, found in the directory `parent`, can be there. A directory
   has one parent: another one is the sign of a damaged image and could make
   the tree endless. */
int directory_check_child(const struct inode *parent,
                          const struct inode *child);

#endif
