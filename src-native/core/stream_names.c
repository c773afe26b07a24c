#include "config.h"

#include "stream_names.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct ch_error *err)
{
    return ch_error_set(err, ENOMEM, "cannot stream archive");
}

static int unstreamable(const char *name, const char *cause,
                        struct ch_error *err)
{
    ch_error_set(err, 0, "cannot stream archive: \"%s\" %s", name, cause);
    err->errnum = EOPNOTSUPP;
    return -1;
}

enum name_kind stream_names_kind(const struct stream_names *names,
                                 const char *name, size_t length)
{
    const struct name_slot *slot = name_index_find(&names->index, name, length);

    return slot ? slot->kind : NAME_UNKNOWN;
}

static int add_implied(struct stream_names *names, const char *name,
                       size_t length)
{
    size_t capacity =
        names->implied_capacity ? 2 * names->implied_capacity : 64;
    char *copy, **implied;

    if (names->implied_count == names->implied_capacity) {
        implied = realloc(names->implied, capacity * sizeof(*implied));
        if (!implied)
            return -1;
        names->implied = implied;
        names->implied_capacity = capacity;
    }
    copy = strndup(name, length);
    if (!copy)
        return -1;
    names->implied[names->implied_count++] = copy;
    return name_index_put(&names->index, name, length, NAME_IMPLIED, 0);
}

/* All that is above the member must be directories, or not known yet. */
static int check_above(struct stream_names *names, const char *name,
                       struct ch_error *err)
{
    const char *slash;

    for (slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/'))
        switch (stream_names_kind(names, name, (size_t)(slash - name))) {
        case NAME_IMPLIED:
        case NAME_DIRECTORY:
            break;
        case NAME_UNKNOWN:
            if (add_implied(names, name, (size_t)(slash - name)) < 0)
                return no_memory(err);
            break;
        default:
            return unstreamable(name, "is below something that is no directory",
                                err);
        }
    return 0;
}

/* File systems end here; mksquashfs would cut. */
static int check_lengths(const char *name, struct ch_error *err)
{
    const char *part = name;

    for (;;) {
        size_t length = strcspn(part, "/");

        if (length > NAME_MAX)
            return ch_error_set(err, ENAMETOOLONG, "cannot write \"%s\"", name);
        if (!part[length])
            return 0;
        part += length + 1;
    }
}

/* mksquashfs ends the keyword of a pax record at the first "=". */
static int check_xattrs(const struct member *member, struct ch_error *err)
{
    size_t i;

    for (i = 0; i < member->xattrs.count; i++)
        if (strchr(member->xattrs.items[i].name, '='))
            return unstreamable(member->name,
                                "has an extended attribute with \"=\" in its "
                                "name",
                                err);
    return 0;
}

/* What tells whether two members for one directory say the same. */
static uint64_t directory_tag(const struct member *member)
{
    return (uint64_t)member->mtime.tv_sec << 12 | member->mode;
}

static int judge_directory(const struct stream_names *names,
                           const struct member *member, struct ch_error *err)
{
    const struct name_slot *slot =
        name_index_find(&names->index, member->name, strlen(member->name));

    if (!slot || slot->kind == NAME_IMPLIED || slot->kind == NAME_DEVICE)
        return STREAM_PASS;
    if (slot->kind != NAME_DIRECTORY)
        return unstreamable(member->name, "is a directory and something else",
                            err);
    if (slot->tag != directory_tag(member) || member->xattrs.count)
        return unstreamable(member->name, "is there twice", err);
    return STREAM_DROP;
}

static int judge_hardlink(const struct stream_names *names,
                          const struct member *member, struct ch_error *err)
{
    const char *target = member->target;

    if (!strcmp(member->name, target))
        return STREAM_DROP;
    switch (stream_names_kind(names, target, strlen(target))) {
    case NAME_DEVICE:
        return STREAM_DEVICE;
    case NAME_OTHER:
        return STREAM_PASS;
    default:
        return unstreamable(member->name, "is a hard link to nothing before it",
                            err);
    }
}

static int judge_other(const struct stream_names *names,
                       const struct member *member, struct ch_error *err)
{
    switch (stream_names_kind(names, member->name, strlen(member->name))) {
    case NAME_UNKNOWN:
    case NAME_DEVICE:
        break;
    default:
        return unstreamable(member->name, "is there twice", err);
    }
    return STREAM_PASS;
}

static int judge(const struct stream_names *names, const struct member *member,
                 struct ch_error *err)
{
    int verdict = STREAM_PASS;

    if (!*member->name)
        return STREAM_DROP; /* the root, which mksquashfs has its own way for */
    if (member->kind == MEMBER_DEVICE)
        return STREAM_DEVICE;
    if (member->kind == MEMBER_DIRECTORY)
        return judge_directory(names, member, err);
    if (member->kind == MEMBER_HARDLINK)
        verdict = judge_hardlink(names, member, err);
    return verdict == STREAM_PASS ? judge_other(names, member, err) : verdict;
}

static int remember(struct stream_names *names, const struct member *member,
                    int verdict)
{
    size_t length = strlen(member->name);
    enum name_kind kind =
        member->kind == MEMBER_DIRECTORY ? NAME_DIRECTORY : NAME_OTHER;

    if (verdict == STREAM_DROP)
        return 0;
    /* A name that was something before a device stays that. */
    if (verdict == STREAM_DEVICE &&
        stream_names_kind(names, member->name, length) != NAME_UNKNOWN)
        return 0;
    if (verdict == STREAM_DEVICE)
        kind = NAME_DEVICE;
    return name_index_put(&names->index, member->name, length, kind,
                          directory_tag(member));
}

int stream_names_judge(struct stream_names *names, const struct member *member,
                       struct ch_error *err)
{
    int verdict;

    if (check_lengths(member->name, err) < 0 ||
        check_above(names, member->name, err) < 0 ||
        check_xattrs(member, err) < 0)
        return -1;
    verdict = judge(names, member, err);
    if (verdict >= 0 && remember(names, member, verdict) < 0)
        return no_memory(err);
    return verdict;
}

void stream_names_release(struct stream_names *names)
{
    size_t i;

    for (i = 0; i < names->implied_count; i++)
        free(names->implied[i]);
    free(names->implied);
    name_index_release(&names->index);
    *names = (struct stream_names){0};
}
