/* The entries that one layer has written into a tree which holds other layers'
   already, by directory (its inode number) and name. */

#ifndef CH_ENTRY_SET_H
#define CH_ENTRY_SET_H

#include <sys/types.h>

#include "name_index.h"

/* Initialise with {0}. */
struct entry_set {
    struct name_index names;
};

/* Remember the entry `name` of the directory `dir_fd`. Returns 0, or -1 with
   errno set. */
int entry_set_put(struct entry_set *set, int dir_fd, const char *name,
                  enum name_kind kind);

/* What is known of an entry: NAME_UNKNOWN where nothing is, or the directory
   cannot be asked. */
enum name_kind entry_set_find(const struct entry_set *set, int dir_fd,
                              const char *name);

void entry_set_release(struct entry_set *set);

#endif
