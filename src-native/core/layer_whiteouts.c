#include "config.h"

#include "layer_whiteouts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "cleanup.h"
#include "layer_prune.h"
#include "whiteout.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define CAPACITY_MIN   64

/* --- the list --- */

static int reserve(struct layer_whiteouts *whiteouts)
{
    size_t capacity =
        whiteouts->capacity ? 2 * whiteouts->capacity : CAPACITY_MIN;
    struct layer_whiteout *items;

    if (whiteouts->count < whiteouts->capacity)
        return 0;
    items = realloc(whiteouts->items, capacity * sizeof(*items));
    if (!items)
        return -1;
    whiteouts->items = items;
    whiteouts->capacity = capacity;
    return 0;
}

int layer_whiteouts_add(struct layer_whiteouts *whiteouts, const char *name)
{
    bool all = whiteout_kind(name) == WHITEOUT_ALL;
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    CLEANUP_FREE char *directory =
        strndup(name, slash ? (size_t)(slash - name) : 0);
    CLEANUP_FREE char *hidden = NULL;
    size_t depth = 0;

    if (!all)
        hidden = strdup(base + strlen(WHITEOUT_PREFIX));
    if (!directory || (!all && !hidden) || reserve(whiteouts) < 0)
        return -1;
    for (slash = name; (slash = strchr(slash, '/')); slash++)
        depth++;
    whiteouts->items[whiteouts->count++] = (struct layer_whiteout){
        .directory = take_ptr(directory),
        .hidden = take_ptr(hidden),
        .depth = depth,
    };
    return 0;
}

/* Higher ones first, as what hides a directory hides all that is in it; and
   all of a directory before its names. */
static int compare(const void *left, const void *right)
{
    const struct layer_whiteout *l = left, *r = right;

    if (l->depth != r->depth)
        return l->depth < r->depth ? -1 : 1;
    return (l->hidden != NULL) - (r->hidden != NULL);
}

void layer_whiteouts_sort(struct layer_whiteouts *whiteouts)
{
    if (whiteouts->count > 1)
        qsort(whiteouts->items, whiteouts->count, sizeof(*whiteouts->items),
              compare);
}

/* The directory of a whiteout, made where it is missing. */
static int open_directory(struct tree_writer *writer,
                          const struct layer_whiteout *whiteout,
                          struct ch_error *err)
{
    CLEANUP_BUFFER struct buffer entry = {0};
    const char *base;

    if (buffer_printf(&entry, "%s%sx", whiteout->directory,
                      *whiteout->directory ? "/" : "") < 0)
        return ch_error_set(err, errno, "cannot write \"%s\"",
                            whiteout->directory);
    return tree_writer_parent(writer, entry.data, &base, err);
}

/* --- overlayfs form --- */

/* That of the root stands first. */
static bool is_root(const struct layer_whiteout *whiteout)
{
    return !*whiteout->directory && !whiteout->hidden;
}

/* Whether the layers below, if they are known, show what is to be hidden. */
static bool is_needed(const struct layer_whiteout *whiteout,
                      const struct layer_lower *lower)
{
    CLEANUP_CLOSE int fd = -1;

    if (!lower)
        return true;
    if (whiteout->hidden)
        return layer_lower_shows(lower, whiteout->directory, whiteout->hidden);
    fd = layer_lower_open(lower, whiteout->directory);
    return fd >= 0;
}

/* In a directory of this layer that is there. Returns 0, or -1 with errno set;
   ENOENT where there is nothing of the hidden name. */
static int mark_entry(int dir_fd, const char *hidden)
{
    CLEANUP_CLOSE int fd = -1;

    if (!hidden)
        return directory_set_opaque(dir_fd);
    fd = openat(dir_fd, hidden, OPEN_DIRECTORY);
    if (fd >= 0)
        return directory_set_opaque(fd);
    /* Anything else of this layer hides by itself. */
    return errno == ENOTDIR || errno == ELOOP ? 0 : -1;
}

static int mark_failure(const struct layer_whiteout *whiteout,
                        struct ch_error *err)
{
    ch_error_set(err, errno, "cannot make whiteout in \"%s\"",
                 *whiteout->directory ? whiteout->directory : ".");
    if (err->errnum == EPERM || err->errnum == ENOTSUP)
        ch_error_hint(err, "the kernel or the file system does not allow it: "
                           "unpack layers one over the other");
    return -1;
}

static int mark_one(const struct layer_whiteout *whiteout,
                    struct tree_writer *writer, const struct layer_lower *lower,
                    struct ch_error *err)
{
    bool hidden;
    CLEANUP_CLOSE int there =
        layer_open(writer->root_fd, whiteout->directory, &hidden);
    bool needed = !hidden && is_needed(whiteout, lower);
    int dir_fd;

    if (is_root(whiteout) || (there < 0 && !needed))
        return 0;
    dir_fd = open_directory(writer, whiteout, err);
    if (dir_fd < 0)
        return -1;
    if (!mark_entry(dir_fd, whiteout->hidden))
        return 0;
    if (errno != ENOENT)
        return mark_failure(whiteout, err);
    if (needed && whiteout_make(dir_fd, whiteout->hidden) < 0)
        return mark_failure(whiteout, err);
    return 0;
}

int layer_whiteouts_mark(struct layer_whiteouts *whiteouts,
                         struct tree_writer *writer,
                         const struct layer_lower *lower, struct ch_error *err)
{
    const struct layer_lower nothing = {0};
    size_t i;

    layer_whiteouts_sort(whiteouts);
    if (whiteouts->count && is_root(&whiteouts->items[0]))
        lower = &nothing;
    for (i = 0; i < whiteouts->count; i++)
        if (mark_one(&whiteouts->items[i], writer, lower, err) < 0)
            return -1;
    return 0;
}

/* --- one tree --- */

static int delete_one(const struct layer_whiteout *whiteout,
                      struct tree_writer *writer, struct ch_error *err)
{
    bool hidden;
    CLEANUP_CLOSE int there =
        layer_open(writer->root_fd, whiteout->directory, &hidden);
    int dir_fd;

    if (there < 0)
        return 0;
    /* Its time is to be kept. */
    dir_fd = open_directory(writer, whiteout, err);
    if (dir_fd < 0)
        return -1;
    if (whiteout->hidden)
        return layer_prune_entry(dir_fd, whiteout->hidden, writer->own, err);
    return layer_prune_directory(dir_fd, writer->own, err);
}

int layer_whiteouts_delete(struct layer_whiteouts *whiteouts,
                           struct tree_writer *writer, struct ch_error *err)
{
    size_t i;

    layer_whiteouts_sort(whiteouts);
    for (i = 0; i < whiteouts->count; i++)
        if (delete_one(&whiteouts->items[i], writer, err) < 0)
            return ch_error_wrap(err, "cannot apply whiteouts in \"%s\"",
                                 whiteouts->items[i].directory);
    return 0;
}

void layer_whiteouts_release(struct layer_whiteouts *whiteouts)
{
    while (whiteouts->count) {
        free(whiteouts->items[--whiteouts->count].directory);
        free(whiteouts->items[whiteouts->count].hidden);
    }
    free(whiteouts->items);
    *whiteouts = (struct layer_whiteouts){0};
}
