/* Extended attributes of the user namespace ("user.*"), the only ones that an
   unprivileged image can hold. */

#ifndef CH_XATTRS_H
#define CH_XATTRS_H

#include <archive_entry.h>
#include <stddef.h>

#include "error.h"

struct xattr {
    char *name; /* "user.something" */
    void *value;
    size_t size;
};

/* Initialise with {0}; sorted by name. */
struct xattr_list {
    struct xattr *items;
    size_t count;
};

/* Append those of an archive member. */
int xattrs_from_entry(struct xattr_list *list, struct archive_entry *entry,
                      struct ch_error *err);

/* Append those of the open file `fd`; none where its file system has none.
   `path` is for messages. */
int xattrs_from_fd(struct xattr_list *list, int fd, const char *path,
                   struct ch_error *err);

/* Set them on the open file `fd`. */
int xattrs_apply(const struct xattr_list *list, int fd, const char *path,
                 struct ch_error *err);

/* Take them off the open file `fd`, but for those whose name begins with
   `except`. */
int xattrs_remove(int fd, const char *except, const char *path,
                  struct ch_error *err);

/* Append one. Returns 0, or -1 with errno ENOMEM. */
int xattrs_append(struct xattr_list *list, const char *name, const void *value,
                  size_t size);

/* Drop those from the list whose name begins with `prefix`. */
void xattrs_drop(struct xattr_list *list, const char *prefix);

void xattrs_release(struct xattr_list *list);

#define CLEANUP_XATTRS __attribute__((cleanup(xattrs_release)))

#endif
