#include "config.h"

#include "xattrs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "cleanup.h"

#define PREFIX "user."

static bool is_user_xattr(const char *name)
{
    return !strncmp(name, PREFIX, strlen(PREFIX));
}

int xattrs_append(struct xattr_list *list, const char *name, const void *value,
                  size_t size)
{
    struct xattr *items =
        realloc(list->items, (list->count + 1) * sizeof(*items));
    struct xattr made;

    if (!items)
        return -1;
    list->items = items;
    made.name = strdup(name);
    made.value = malloc(size + 1);
    made.size = size;
    if (!made.name || !made.value) {
        free(made.name);
        free(made.value);
        return -1;
    }
    if (size)
        memcpy(made.value, value, size);
    items[list->count++] = made;
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct xattr *)left)->name,
                  ((const struct xattr *)right)->name);
}

static void list_sort(struct xattr_list *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_names);
}

int xattrs_from_entry(struct xattr_list *list, struct archive_entry *entry,
                      struct ch_error *err)
{
    const char *name;
    const void *value;
    size_t size;

    (void)archive_entry_xattr_reset(entry); /* returns how many there are */
    while (!archive_entry_xattr_next(entry, &name, &value, &size))
        if (name && is_user_xattr(name) &&
            xattrs_append(list, name, value, size) < 0)
            return ch_error_set(err, ENOMEM,
                                "cannot read extended attribute \"%s\"", name);
    list_sort(list);
    return 0;
}

/* The names, each with its NUL, in heap memory; `*names` is NULL where there
   are none. Returns their length or -1 with errno set. */
static ssize_t read_names(int fd, char **names)
{
    CLEANUP_FREE char *buffer = NULL;
    ssize_t size, length;

    do {
        size = flistxattr(fd, NULL, 0);
        if (size <= 0)
            return size < 0 && errno == ENOTSUP ? 0 : size;
        free(buffer);
        buffer = malloc((size_t)size);
        if (!buffer)
            return -1;
        length = flistxattr(fd, buffer, (size_t)size);
    } while (length < 0 && errno == ERANGE); /* more came meanwhile */
    if (length >= 0)
        *names = take_ptr(buffer);
    return length;
}

static int append_from_fd(struct xattr_list *list, int fd, const char *name)
{
    CLEANUP_FREE void *value = NULL;
    ssize_t size, length;

    do {
        size = fgetxattr(fd, name, NULL, 0);
        if (size < 0)
            return -1;
        free(value);
        value = malloc((size_t)size + 1);
        if (!value)
            return -1;
        length = fgetxattr(fd, name, value, (size_t)size);
    } while (length < 0 && errno == ERANGE); /* it grew meanwhile */
    if (length < 0)
        return -1;
    return xattrs_append(list, name, value, (size_t)length);
}

int xattrs_from_fd(struct xattr_list *list, int fd, const char *path,
                   struct ch_error *err)
{
    CLEANUP_FREE char *names = NULL;
    ssize_t length = read_names(fd, &names);
    const char *name;

    if (length < 0)
        return ch_error_set(err, errno,
                            "cannot read extended attributes of \"%s\"", path);
    for (name = names; name && name < names + length; name += strlen(name) + 1)
        if (is_user_xattr(name) && append_from_fd(list, fd, name) < 0)
            return ch_error_set(
                err, errno, "cannot read extended attribute \"%s\" of \"%s\"",
                name, path);
    list_sort(list);
    return 0;
}

int xattrs_apply(const struct xattr_list *list, int fd, const char *path,
                 struct ch_error *err)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        const struct xattr *xattr = &list->items[i];

        if (!fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0))
            continue;
        ch_error_set(err, errno,
                     "cannot set extended attribute \"%s\" of \"%s\"",
                     xattr->name, path);
        if (err->errnum == ENOTSUP)
            ch_error_hint(err, "the file system holds none: leave them out, "
                               "or use another file system");
        return -1;
    }
    return 0;
}

int xattrs_remove(int fd, const char *except, const char *path,
                  struct ch_error *err)
{
    CLEANUP_FREE char *names = NULL;
    ssize_t length = read_names(fd, &names);
    const char *name;

    if (length < 0)
        return ch_error_set(err, errno,
                            "cannot read extended attributes of \"%s\"", path);
    for (name = names; name && name < names + length; name += strlen(name) + 1)
        if (is_user_xattr(name) && strncmp(name, except, strlen(except)) &&
            fremovexattr(fd, name) < 0)
            return ch_error_set(
                err, errno, "cannot remove extended attribute \"%s\" of \"%s\"",
                name, path);
    return 0;
}

static void xattr_release(struct xattr *xattr)
{
    free(xattr->name);
    free(xattr->value);
}

void xattrs_drop(struct xattr_list *list, const char *prefix)
{
    size_t kept = 0, i;

    for (i = 0; i < list->count; i++) {
        if (strncmp(list->items[i].name, prefix, strlen(prefix)))
            list->items[kept++] = list->items[i];
        else
            xattr_release(&list->items[i]);
    }
    list->count = kept;
}

void xattrs_release(struct xattr_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        xattr_release(&list->items[i]);
    free(list->items);
    *list = (struct xattr_list){0};
}
