#include "config.h"

#include "member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "path.h"

/* Kept of a mode: permissions and the sticky bit. Setuid and setgid would give
   nobody any rights in an image of ours, and frighten whoever audits it. */
#define MODE_KEPT 01777

/* Added, so that the owner can read, change and delete the image. */
#define MODE_ADDED_FILE      0600
#define MODE_ADDED_DIRECTORY 0700

/* Drop the directories `strip` from the clean name `name` in place. */
static int strip_name(char *name, const char *strip)
{
    size_t length = strlen(strip);

    if (length == 0)
        return 0;
    if (strncmp(name, strip, length) ||
        (name[length] != '\0' && name[length] != '/'))
        return -1;
    if (name[length] == '/')
        length++;
    memmove(name, name + length, strlen(name + length) + 1);
    return 0;
}

static int clean_name(char **clean, const char *name, const char *strip,
                      struct ch_error *err)
{
    CLEANUP_FREE char *made = NULL;

    if (!name)
        return ch_error_set(err, 0, "cannot use a member without a name");
    made = path_normalise(name);
    if (!made && errno == EINVAL)
        return ch_error_set(err, 0, "refusing the name \"%s\": it holds \"..\"",
                            name);
    if (!made)
        return ch_error_set(err, errno, "cannot use the name \"%s\"", name);
    if (strip_name(made, strip) < 0) {
        ch_error_set(err, 0, "\"%s\" is not below \"%s\"", name, strip);
        err->errnum = EXDEV;
        return -1;
    }
    *clean = take_ptr(made);
    return 0;
}

static enum member_kind kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return MEMBER_HARDLINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return MEMBER_DIRECTORY;
    case AE_IFLNK:
        return MEMBER_SYMLINK;
    case AE_IFIFO:
        return MEMBER_FIFO;
    case AE_IFCHR:
    case AE_IFBLK:
        return MEMBER_DEVICE;
    default:
        return MEMBER_FILE; /* as POSIX says of types not known */
    }
}

static int set_target(struct member *member, struct archive_entry *entry,
                      const char *strip, struct ch_error *err)
{
    const char *target = archive_entry_symlink(entry);

    if (member->kind == MEMBER_HARDLINK)
        return clean_name(&member->target, archive_entry_hardlink(entry), strip,
                          err);
    if (member->kind != MEMBER_SYMLINK)
        return 0;
    if (!target || !*target)
        return ch_error_set(err, 0, "symlink \"%s\" has no target",
                            member->name);
    member->target = strdup(target);
    if (!member->target)
        return ch_error_set(err, ENOMEM, "cannot use the name \"%s\"", target);
    return 0;
}

mode_t member_mode(mode_t mode, bool directory)
{
    return (mode & MODE_KEPT) |
           (directory ? MODE_ADDED_DIRECTORY : MODE_ADDED_FILE);
}

static void set_attributes(struct member *member, struct archive_entry *entry)
{
    member->mode = member_mode(archive_entry_perm(entry),
                               member->kind == MEMBER_DIRECTORY);
    member->size = member->kind == MEMBER_FILE ? archive_entry_size(entry) : 0;
    member->mtime = (struct timespec){
        .tv_sec = archive_entry_mtime(entry),
        .tv_nsec = archive_entry_mtime_nsec(entry),
    };
}

int member_from_entry(struct member *member, struct archive_entry *entry,
                      const struct member_options *options,
                      struct ch_error *err)
{
    CLEANUP_MEMBER struct member made = {.kind = kind_of(entry)};

    if (clean_name(&made.name, archive_entry_pathname(entry), options->strip,
                   err) < 0 ||
        set_target(&made, entry, options->strip, err) < 0)
        return -1;
    if (!*made.name && made.kind != MEMBER_DIRECTORY)
        return ch_error_set(err, 0,
                            "refusing the name \"%s\": the root of an image "
                            "must be a directory",
                            archive_entry_pathname(entry));
    set_attributes(&made, entry);
    if (options->xattrs && xattrs_from_entry(&made.xattrs, entry, err) < 0)
        return -1;
    *member = made;
    made = (struct member){0};
    return 0;
}

void member_release(struct member *member)
{
    free(member->name);
    free(member->target);
    xattrs_release(&member->xattrs);
    *member = (struct member){0};
}
