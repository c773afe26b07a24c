/* Writing a tree below a root directory from a sequence of members, as an
   archive gives them: in any order, some twice, some through symlinks that came
   before. Every name is resolved inside the root (path.h), so that nothing is
   written outside of it whatever symlinks there are.

   The newest of two members of one name wins, and what is in its way is
   deleted; but a directory leaves a symlink that leads to a directory alone
   ("bin" of a merged /usr). A directory is made where a name implies one.

   Where the tree holds other archives' entries already, as layers do that are
   unpacked one over the other, the result is that of unpacking each by itself
   and laying one over the other: no symlink but this archive's own leads
   anywhere, and directories that it only implies stay as they are. */

#ifndef CH_TREE_WRITER_H
#define CH_TREE_WRITER_H

#include <stdbool.h>

#include "directory_list.h"
#include "entry_set.h"
#include "error.h"
#include "layer_lower.h"
#include "member.h"

struct tree_writer {
    int root_fd; /* borrowed */
    /* The directory of the last member, as most often of the next one too. */
    char *parent_path; /* NULL: none */
    int parent_fd;
    bool parent_stale; /* something was replaced: the path may lead elsewhere */
    struct directory_list directories;
    struct entry_set *own;           /* borrowed; NULL: all that is there is */
    const struct layer_lower *lower; /* borrowed; NULL: nothing is below */
};

/* Begin below the directory `root_fd`, which stays the caller's. Where it holds
   other archives' entries, the caller sets `own` afterwards; where it will be
   laid over other trees, `lower`, from which directories that are only implied
   then get their attributes. */
void tree_writer_init(struct tree_writer *writer, int root_fd);

/* Make what `member` is, which must not be a file or a device. */
int tree_writer_make(struct tree_writer *writer, const struct member *member,
                     struct ch_error *err);

/* Make an empty file for `member`. Returns a descriptor for writing, which the
   caller hands to tree_writer_finish_file() and closes. */
int tree_writer_make_file(struct tree_writer *writer,
                          const struct member *member, struct ch_error *err);

/* Set the file's attributes, after its content was written. */
int tree_writer_finish_file(int fd, const struct member *member,
                            struct ch_error *err);

/* Open the directory that holds `path`, making what is missing, and point
   `*base` at the last component. Returns a descriptor, which the writer keeps
   and may close at its next use, or -1. */
int tree_writer_parent(struct tree_writer *writer, const char *path,
                       const char **base, struct ch_error *err);

/* Set the directories' attributes, after everything was written. */
int tree_writer_finish(struct tree_writer *writer, struct ch_error *err);

void tree_writer_release(struct tree_writer *writer);

#define CLEANUP_TREE_WRITER __attribute__((cleanup(tree_writer_release)))

#endif
