#include "config.h"

#include "merge_index.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "merge_path.h"
#include "merge_whiteouts.h"
#include "tar_copy.h"

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot write \"%s\"", *path ? path : ".");
}

static void set_own(struct merge_index *index, uint32_t node,
                    enum name_kind kind)
{
    struct merge_node *it = merge_tree_node(&index->tree, node);

    it->layer = index->layer;
    it->own = (uint8_t)kind;
}

/* --- directories --- */

/* As in tree_writer.c: what a name may lead to that a directory replaces. */
static bool is_no_directory(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

/* Make a directory in place of `there`, which may be 0. */
static uint32_t replace_by_directory(struct merge_index *index,
                                     uint32_t directory, uint32_t there,
                                     const char *name, size_t length)
{
    uint32_t made;

    if (there)
        merge_tree_remove(&index->tree, there);
    made = merge_tree_add(&index->tree, directory, name, length,
                          MERGE_DIRECTORY, NULL);
    if (made)
        set_own(index, made, NAME_DIRECTORY);
    return made;
}

/* Where an entry that is no directory leads, if it is a symlink of the present
   layer's own. Returns 0 with errno set where it leads to none. */
static uint32_t beyond(const struct merge_index *index, uint32_t there,
                       const char *path, size_t length)
{
    if (merge_index_is_own(index, there))
        return merge_path_resolve(&index->tree, path, length);
    errno = there ? ENOTDIR : ENOENT;
    return 0;
}

/* From `directory` to the directory that is the last part, from `start` on, of
   the `end` bytes at `path`; it is made if there is none and no symlink to one.
   Returns 0 with errno set if that fails. */
static uint32_t enter(struct merge_index *index, uint32_t directory,
                      const char *path, size_t start, size_t end)
{
    uint32_t there =
        merge_tree_find(&index->tree, directory, path + start, end - start);
    uint32_t found;

    if (merge_tree_is_directory(&index->tree, there)) {
        if (merge_index_own(index, there) == NAME_UNKNOWN)
            set_own(index, there, NAME_IMPLIED);
        return there;
    }
    found = beyond(index, there, path, end);
    if (found)
        return found;
    if (!is_no_directory(errno))
        return 0;
    return replace_by_directory(index, directory, there, path + start,
                                end - start);
}

/* The directory that holds `path`, made where it is missing; `*base` is the
   last component. Returns 0 with an error if that fails. */
static uint32_t parent_of(struct merge_index *index, const char *path,
                          const char **base, struct ch_error *err)
{
    uint32_t at = MERGE_ROOT;
    size_t start = 0, end = strcspn(path, "/");

    while (path[end]) {
        at = enter(index, at, path, start, end);
        if (!at) {
            failure(path, err);
            return 0;
        }
        start = end + 1;
        end = start + strcspn(path + start, "/");
    }
    *base = path + start;
    return at;
}

/* --- members --- */

static int describe(struct merge_index *index, uint32_t node,
                    const struct member *member, struct ch_error *err)
{
    uint32_t mtime = (uint32_t)tar_copy_mtime(member->mtime.tv_sec);

    if (merge_tree_describe(&index->tree, node, index->ordinal, mtime) < 0)
        return failure(member->name, err);
    return 0;
}

static int add_directory(struct merge_index *index, const struct member *member,
                         uint32_t parent, const char *base,
                         struct ch_error *err)
{
    uint32_t there = merge_tree_find(&index->tree, parent, base, strlen(base));

    if (!merge_tree_is_directory(&index->tree, there)) {
        if (beyond(index, there, member->name, strlen(member->name))) {
            set_own(index, there, NAME_DIRECTORY);
            return 0;
        }
        if (!is_no_directory(errno))
            return failure(member->name, err);
        there = replace_by_directory(index, parent, there, base, strlen(base));
        if (!there)
            return failure(member->name, err);
    }
    set_own(index, there, NAME_DIRECTORY);
    return describe(index, there, member, err);
}

static int add_other(struct merge_index *index, const struct member *member,
                     uint32_t parent, const char *base, struct ch_error *err)
{
    bool symlink = member->kind == MEMBER_SYMLINK;
    size_t length = strlen(base);
    uint32_t node = merge_tree_find(&index->tree, parent, base, length);

    if (node)
        merge_tree_remove(&index->tree, node);
    node = merge_tree_add(&index->tree, parent, base, length,
                          symlink ? MERGE_SYMLINK : MERGE_OTHER,
                          symlink ? member->target : NULL);
    if (!node)
        return failure(member->name, err);
    set_own(index, node, NAME_OTHER);
    return describe(index, node, member, err);
}

static int link_failure(const struct member *member, int errnum,
                        struct ch_error *err)
{
    ch_error_set(err, errnum, "cannot write \"%s\" as a hard link to \"%s\"",
                 member->name, member->target);
    if (errnum == ENOENT)
        ch_error_hint(err, "the archive does not hold the link's target, or "
                           "only behind the link");
    return -1;
}

/* What a hard link is to be another name of; 0 with errno set if there is
   nothing. */
static uint32_t find_target(const struct merge_index *index, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    uint32_t parent = merge_path_resolve(&index->tree, path,
                                         slash ? (size_t)(slash - path) : 0);
    uint32_t found;

    if (!parent)
        return 0;
    found = merge_tree_find(&index->tree, parent, base, strlen(base));
    if (!found)
        errno = ENOENT;
    return found;
}

static bool is_same_file(const struct merge_index *index, uint32_t left,
                         uint32_t right)
{
    uint32_t source = merge_tree_node(&index->tree, left)->source;

    return left == right ||
           (source && source == merge_tree_node(&index->tree, right)->source);
}

static int add_hardlink(struct merge_index *index, const struct member *member,
                        uint32_t parent, const char *base, struct ch_error *err)
{
    uint32_t target = find_target(index, member->target);
    uint32_t there = 0;

    if (!target)
        return link_failure(member, errno, err);
    there = merge_tree_find(&index->tree, parent, base, strlen(base));
    if (there && is_same_file(index, target, there)) {
        set_own(index, there, NAME_OTHER);
        return 0;
    }
    if (there && merge_path_is_within(&index->tree, target, there))
        return link_failure(member, ENOENT, err);
    if (merge_tree_is_directory(&index->tree, target))
        return link_failure(member, EPERM, err);
    if (there)
        merge_tree_remove(&index->tree, there);
    there = merge_tree_link(&index->tree, parent, base, target);
    if (!there)
        return failure(member->name, err);
    set_own(index, there, NAME_OTHER);
    return 0;
}

static int add_member(struct merge_index *index, const struct member *member,
                      struct ch_error *err)
{
    const char *base;
    uint32_t parent;

    if (!*member->name)
        return describe(index, MERGE_ROOT, member, err);
    parent = parent_of(index, member->name, &base, err);
    if (!parent)
        return -1;
    switch (member->kind) {
    case MEMBER_DIRECTORY:
        return add_directory(index, member, parent, base, err);
    case MEMBER_HARDLINK:
        return add_hardlink(index, member, parent, base, err);
    default:
        return add_other(index, member, parent, base, err);
    }
}

/* Whether `member` is a device or a hard link to one. */
static bool is_device(const struct merge_index *index,
                      const struct member *member)
{
    const struct name_slot *target = NULL;

    if (member->kind == MEMBER_HARDLINK)
        target = name_index_find(&index->devices, member->target,
                                 strlen(member->target));
    return member->kind == MEMBER_DEVICE ||
           (target && target->kind == NAME_DEVICE);
}

static int leave_out(struct merge_index *index, const struct member *member,
                     struct ch_error *err)
{
    index->devices_count++;
    if (name_index_put(&index->devices, member->name, strlen(member->name),
                       NAME_DEVICE, 0) < 0)
        return failure(member->name, err);
    return 0;
}

static int add_entry(struct merge_index *index, const struct member *member,
                     struct ch_error *err)
{
    struct name_slot *device;

    if (is_device(index, member))
        return leave_out(index, member, err);
    device =
        name_index_find(&index->devices, member->name, strlen(member->name));
    if (device)
        device->kind = NAME_OTHER; /* a newer member of that name */
    return add_member(index, member, err);
}

int merge_index_add(struct merge_index *index,
                    const struct layer_member *layer_member,
                    struct ch_error *err)
{
    const struct member *member = &layer_member->member;
    int status = 0;

    if (layer_member->kind == WHITEOUT_NONE) {
        status = add_entry(index, member, err);
    } else if (layer_member->kind != WHITEOUT_IGNORED) {
        index->whiteouts_count++;
        if (layer_whiteouts_add(&index->whiteouts, member->name) < 0)
            status = failure(member->name, err);
    }
    index->ordinal++;
    return status;
}

void merge_index_end_layer(struct merge_index *index)
{
    merge_whiteouts_apply(&index->whiteouts, index);
    layer_whiteouts_release(&index->whiteouts);
    name_index_release(&index->devices);
    index->layer++;
    index->ordinal = 0;
}

/* --- additions --- */

int merge_index_place(struct merge_index *index, const char *path,
                      enum merge_kind kind, struct ch_error *err)
{
    uint32_t at = MERGE_ROOT;
    const char *name = path;

    for (;;) {
        size_t length = strcspn(name, "/");
        bool last = !name[length];
        uint32_t next = merge_tree_find(&index->tree, at, name, length);

        if (!next)
            next = merge_tree_add(&index->tree, at, name, length,
                                  last ? kind : MERGE_DIRECTORY, NULL);
        if (!next)
            return failure(path, err);
        if (last || !merge_tree_is_directory(&index->tree, next))
            return 0;
        at = next;
        name += length + 1;
    }
}

void merge_index_release(struct merge_index *index)
{
    merge_tree_release(&index->tree);
    name_index_release(&index->devices);
    layer_whiteouts_release(&index->whiteouts);
}
