/* Directories that were written and what they shall get once all is done:
   writing into a directory changes its time, so that attributes come last. */

#ifndef CH_DIRECTORY_LIST_H
#define CH_DIRECTORY_LIST_H

#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "error.h"

struct directory_record {
    char *path;
    dev_t dev;
    ino_t ino;
    mode_t mode;
    struct timespec mtime;
};

/* Initialise with {0}. */
struct directory_list {
    struct directory_record *records;
    size_t count, capacity;
};

/* Remember that the directory `path`, now open as `fd`, shall get `mode` and
   `mtime` (tv_nsec UTIME_OMIT: leave it). Returns 0, or -1 with errno set. */
int directory_list_add(struct directory_list *list, const char *path, int fd,
                       mode_t mode, struct timespec mtime);

/* Set the attributes of all that are still in their place below `root_fd`.
   Modes must let the owner in. */
int directory_list_apply(const struct directory_list *list, int root_fd,
                         struct ch_error *err);

void directory_list_release(struct directory_list *list);

#endif
