/* Directories that an archive implies by the names below them, but does not
   describe: what a tree_writer does with their attributes. */

#ifndef CH_TREE_IMPLIED_H
#define CH_TREE_IMPLIED_H

#include "error.h"
#include "tree_writer.h"

/* The directory `path`, just made and open as `fd`: it shall get the attributes
   that it has in the trees below, else usual ones. */
int tree_implied_describe(struct tree_writer *writer, int fd, const char *path,
                          struct ch_error *err);

/* The directory `path`, open as `fd`, is the entry `base` of `dir_fd` and was
   another archive's: it shall keep its attributes although it is written to. */
int tree_implied_keep(struct tree_writer *writer, int dir_fd, const char *base,
                      int fd, const char *path, struct ch_error *err);

/* The same for the root. */
int tree_implied_keep_root(struct tree_writer *writer, struct ch_error *err);

/* A member describes the directory `path`, open as `fd`: take off what extended
   attributes it has had by being implied, or from another archive. */
int tree_implied_forget(const struct tree_writer *writer, int fd,
                        const char *path, struct ch_error *err);

/* The directory `fd`, just made, is where something else of this archive was,
   which has hidden what is below: mark it so that it does, too. Returns 0, or
   -1 with errno set. */
int tree_implied_hide(const struct tree_writer *writer, int fd);

#endif
