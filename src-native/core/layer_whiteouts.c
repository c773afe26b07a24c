#include "config.h"

#include "layer_whiteouts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "layer_prune.h"
#include "whiteout.h"

#define CAPACITY_MIN 64

int layer_whiteouts_add(struct layer_whiteouts *whiteouts, const char *name)
{
    size_t capacity =
        whiteouts->capacity ? 2 * whiteouts->capacity : CAPACITY_MIN;
    char **names = whiteouts->names;
    char *copy;

    if (whiteouts->count == whiteouts->capacity) {
        names = realloc(names, capacity * sizeof(*names));
        if (!names)
            return -1;
        whiteouts->names = names;
        whiteouts->capacity = capacity;
    }
    copy = strdup(name);
    if (!copy)
        return -1;
    whiteouts->names[whiteouts->count++] = copy;
    return 0;
}

/* --- overlayfs form --- */

static int mark_failure(const char *name, struct ch_error *err)
{
    ch_error_set(err, errno, "cannot make whiteout \"%s\"", name);
    if (err->errnum == EPERM || err->errnum == ENOTSUP)
        ch_error_hint(err, "the kernel or the file system does not allow it: "
                           "unpack layers one over the other");
    return -1;
}

/* The name `hidden` of the directory `dir_fd` hides what is below. */
static int mark_name(int dir_fd, const char *hidden)
{
    CLEANUP_CLOSE int fd =
        openat(dir_fd, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        return directory_set_opaque(fd);
    if (errno == ENOENT)
        return whiteout_make(dir_fd, hidden);
    /* A file of this layer hides by itself. */
    return errno == ENOTDIR || errno == ELOOP ? 0 : -1;
}

static int mark_one(struct tree_writer *writer, const char *name,
                    struct ch_error *err)
{
    const char *base;
    int dir_fd = tree_writer_parent(writer, name, &base, err);
    int status;

    if (dir_fd < 0)
        return -1;
    if (whiteout_kind(name) == WHITEOUT_NAME)
        status = mark_name(dir_fd, base + strlen(WHITEOUT_PREFIX));
    else
        status = base == name ? 0 : directory_set_opaque(dir_fd);
    return status < 0 ? mark_failure(name, err) : 0;
}

int layer_whiteouts_mark(const struct layer_whiteouts *whiteouts,
                         struct tree_writer *writer, struct ch_error *err)
{
    size_t i;

    for (i = 0; i < whiteouts->count; i++)
        if (mark_one(writer, whiteouts->names[i], err) < 0)
            return -1;
    return 0;
}

/* --- one tree --- */

static int delete_one(struct tree_writer *writer, const char *name,
                      struct ch_error *err)
{
    const char *base;
    int dir_fd = tree_writer_parent(writer, name, &base, err);

    if (dir_fd < 0)
        return -1;
    if (whiteout_kind(name) == WHITEOUT_NAME)
        return layer_prune_entry(dir_fd, base + strlen(WHITEOUT_PREFIX),
                                 writer->own, err);
    return layer_prune_directory(dir_fd, writer->own, err);
}

int layer_whiteouts_delete(const struct layer_whiteouts *whiteouts,
                           struct tree_writer *writer, struct ch_error *err)
{
    size_t i;

    for (i = 0; i < whiteouts->count; i++)
        if (delete_one(writer, whiteouts->names[i], err) < 0)
            return ch_error_wrap(err, "cannot apply whiteout \"%s\"",
                                 whiteouts->names[i]);
    return 0;
}

void layer_whiteouts_release(struct layer_whiteouts *whiteouts)
{
    while (whiteouts->count)
        free(whiteouts->names[--whiteouts->count]);
    free(whiteouts->names);
    *whiteouts = (struct layer_whiteouts){0};
}
