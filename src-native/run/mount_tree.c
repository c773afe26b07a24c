/* mount_setattr(2) changes a tree at once, since Linux 5.12. Before, each mount
   is remounted by itself. What is below which is in /proc/self/mountinfo:
   paths do not tell, since the container under construction is stacked on the
   host's root, and both show their mounts at the same places; the numbers of
   mounts and of their parents do. */

#include "config.h"

#include "run/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cause.h"
#include "core/cleanup.h"
#include "core/compat.h"
#include "run/mount.h"
#include "run/mountinfo.h"

struct entry {
    struct mountinfo line; /* its strings are part of the table's text */
    bool is_inside;
};

struct table {
    char *text;
    struct entry *entries;
    size_t count;
};

static void table_release(struct table *table)
{
    free(table->entries);
    free(table->text);
}

#define CLEANUP_TABLE __attribute__((cleanup(table_release)))

/* The flags of a mount. Those that came from outside the user namespace are
   locked, and a remount must repeat them (mount_namespaces(7)). Not by
   statvfs(3), which asks file systems whose server may be gone. */
static unsigned long mount_flags(const struct mountinfo *line)
{
    static const struct {
        const char *name;
        unsigned long flag;
    } FLAGS[] = {
        {"nosuid", MS_NOSUID},
        {"nodev", MS_NODEV},
        {"noexec", MS_NOEXEC},
        {"noatime", MS_NOATIME},
        {"nodiratime", MS_NODIRATIME},
        {"relatime", MS_RELATIME},
        {"ro", MS_RDONLY},
    };
    unsigned long flags = 0;

    for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
        if (mountinfo_has_option(line, FLAGS[i].name))
            flags |= FLAGS[i].flag;
    return flags;
}

static int table_read(struct table *table)
{
    struct mountinfo line;
    char *next;

    table->text = next = mountinfo_read();
    if (!next)
        return -1;
    while (mountinfo_next(&next, &line)) {
        struct entry *entry =
            array_append(&table->entries, &table->count, sizeof(*entry));

        if (!entry)
            return -1;
        *entry = (struct entry){.line = line};
    }
    return 0;
}

static const struct entry *table_find(const struct table *table, long id)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->entries[i].line.id == id)
            return &table->entries[i];
    return NULL;
}

/* Mark what is below `top`, in as many rounds as it is deep at most. */
static void table_mark(struct table *table, const struct entry *top)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < table->count; i++) {
            struct entry *entry = &table->entries[i];
            const struct entry *parent = table_find(table, entry->line.parent);

            if (entry->is_inside || entry == top || !parent ||
                (parent != top && !parent->is_inside))
                continue;
            entry->is_inside = true;
            changed = true;
        }
    }
}

/* What is to be done, for messages and for all mounts below. */
struct restriction {
    int fd; /* the topmost mount; borrowed */
    const struct entry *top;
    unsigned long flags;
};

static int remount(const struct entry *entry, int fd, const char *path,
                   unsigned long flags, struct ch_error *err)
{
    if (mount_on_fd(NULL, fd, NULL,
                    MS_REMOUNT | MS_BIND | flags | mount_flags(&entry->line),
                    NULL) == 0)
        return 0;
    ch_error_set(err, errno,
                 flags == MS_RDONLY ? "cannot make \"%s\" read-only"
                                    : "cannot restrict mount \"%s\"",
                 path);
    return cause_explain(CAUSES_MOUNT, err);
}

/* A mount below. What another mount hides is nobody's to use. */
static int remount_entry(const struct restriction *restriction,
                         const struct entry *entry, struct ch_error *err)
{
    const char *below = entry->line.at + strlen(restriction->top->line.at);
    CLEANUP_CLOSE int fd = -1;

    below += strspn(below, "/");
    fd = openat(restriction->fd, *below ? below : ".",
                O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || mount_number(fd) != entry->line.id)
        return 0;
    return remount(entry, fd, entry->line.at, restriction->flags, err);
}

static int remount_all(int fd, const char *path, unsigned long flags,
                       struct ch_error *err)
{
    CLEANUP_TABLE struct table table = {0};
    struct restriction restriction = {.fd = fd, .flags = flags};

    if (table_read(&table) < 0)
        return ch_error_set(err, errno, "cannot read the table of mounts");
    restriction.top = table_find(&table, mount_number(fd));
    if (!restriction.top)
        return ch_error_set(
            err, 0, "cannot find mount \"%s\" in the table of mounts", path);
    if (remount(restriction.top, fd, path, flags, err) < 0)
        return -1;
    table_mark(&table, restriction.top);
    for (size_t i = 0; i < table.count; i++)
        if (table.entries[i].is_inside &&
            remount_entry(&restriction, &table.entries[i], err) < 0)
            return -1;
    return 0;
}

int mount_tree_restrict(int fd, const char *path, unsigned long flags,
                        struct ch_error *err)
{
    /* The flags of mount(2) are numbered like the attributes here, as far as
       the header allows them. */
    struct compat_mount_attr attributes = {.attr_set = flags};

    if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE,
                &attributes, sizeof(attributes)) == 0)
        return 0;
    return remount_all(fd, path, flags, err);
}
