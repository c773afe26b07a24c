/* Deletion of whatever a name is, directories with all that is below them. */

#ifndef CH_TREE_DELETE_H
#define CH_TREE_DELETE_H

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Delete the entry `name` of the directory `parent_fd`. Follows no symlink;
   directories that deny their owner access are opened up first; any depth. If
   there is no such entry, that is success. */
int tree_delete(int parent_fd, const char *name, struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
