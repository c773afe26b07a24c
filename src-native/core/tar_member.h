/* Entries of a tree becoming members of an archive. */

#ifndef CH_TAR_MEMBER_H
#define CH_TAR_MEMBER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "control.h"
#include "error.h"
#include "link_table.h"
#include "member.h"
#include "tar_output.h"
#include "tree_walk.h"

struct tar_member_writer {
    struct tar_output *output;
    bool xattrs; /* keep those of the user namespace */
    bool layer;  /* all of the times; modes as layers had them (whiteout.h) */
    struct ch_control *control;
    struct link_table links;
    struct member_stats stats;
    char *chunk;
};

/* Begin an archive on `fd`; the caller sets what it wants, finishes `output`,
   and releases the writer also on failure. */
int tar_member_start(struct tar_member_writer *writer, int fd,
                     enum compression compression, struct ch_control *control,
                     struct ch_error *err);

/* Add a file, a symlink or a FIFO with its content; what was added under
   another name becomes a hard link to that. */
int tar_member_add(struct tar_member_writer *writer,
                   const struct tree_node *node, const struct stat *st,
                   struct ch_error *err);

/* Add the directory `path`, open as `fd`. */
int tar_member_add_directory(struct tar_member_writer *writer, int fd,
                             const char *path, const struct stat *st,
                             struct ch_error *err);

/* Add something empty, from 1970. */
int tar_member_add_empty(struct tar_member_writer *writer, enum tar_type type,
                         const char *name, mode_t mode, struct ch_error *err);

void tar_member_release(struct tar_member_writer *writer);

#define CLEANUP_TAR_MEMBER __attribute__((cleanup(tar_member_release)))

#endif
