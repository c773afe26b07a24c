#include "config.h"

#include "run/cdi_edits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "run/cdi_schema.h"
#include "run/cdi_text.h"

/* --- mounts -----------------------------------------------------------------
 */

static int refuse_missing(const char *path, struct ch_error *err)
{
    ch_error_set(err, errno, "cannot find \"%s\" on this host", path);
    return ch_error_hint(err, "the specification may be older than the "
                              "driver: the admin can have it made again "
                              "(NVIDIA: nvidia-ctk cdi generate)");
}

static bool is_there_already(const struct cdi_edits *edits,
                             const struct cdi_mount *mount)
{
    for (size_t i = 0; i < edits->mount_count; i++) {
        const struct cdi_mount *other = &edits->mounts[i];

        if (!strcmp(mount->bind.source, other->bind.source) &&
            !strcmp(mount->bind.destination, other->bind.destination))
            return true;
    }
    return false;
}

static int add_mount(const char *source, const char *destination,
                     unsigned long flags, struct cdi_edits *edits,
                     struct ch_error *err)
{
    const struct cdi_mount mount = {.bind = {.source = (char *)source,
                                             .destination = (char *)destination,
                                             .required = true},
                                    .flags = flags};
    struct cdi_mount *added;

    if (is_there_already(edits, &mount))
        return 0;
    added = array_append(&edits->mounts, &edits->mount_count, sizeof(*added));
    if (!added)
        return ch_error_set(err, errno, "cannot note a mount");
    *added = mount;
    return 0;
}

static int read_mount(const struct json *json, struct cdi_edits *edits,
                      struct ch_error *err)
{
    const char *source = cdi_schema_text(json, "hostPath");
    unsigned long flags = 0;

    if (access(source, F_OK) < 0 && errno != EACCES)
        return refuse_missing(source, err);
    for (const struct json *option = cdi_schema_first(json, "options"); option;
         option = option->next)
        cdi_text_apply_option(option->text, &flags);
    return add_mount(source, cdi_schema_text(json, "containerPath"), flags,
                     edits, err);
}

/* --- device nodes -----------------------------------------------------------
 */

static bool has_type(const struct stat *st, const char *type)
{
    switch (type ? *type : '\0') {
    case 'b':
        return S_ISBLK(st->st_mode);
    case 'c':
    case 'u':
        return S_ISCHR(st->st_mode);
    case 'p':
        return S_ISFIFO(st->st_mode);
    default:
        return S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode) ||
               S_ISFIFO(st->st_mode);
    }
}

/* The host's node is shown: nobody can make one in a user namespace, and so
   numbers, owner and mode are what they are on the host. All of the host's /dev
   is in every container. */
static int read_node(const struct json *json, struct cdi_edits *edits,
                     struct ch_error *err)
{
    const char *path = cdi_schema_text(json, "path");
    const char *source = cdi_schema_text(json, "hostPath");
    const char *type = cdi_schema_text(json, "type");
    struct stat st;

    source = source ? source : path;
    if (stat(source, &st) < 0)
        return refuse_missing(source, err);
    if (!has_type(&st, type))
        return ch_error_set(err, 0, "\"%s\" is not a device of type \"%s\"",
                            source, type && *type ? type : "b, c or p");
    if (!strcmp(path, source) && !strncmp(path, "/dev/", strlen("/dev/")))
        return 0;
    return add_mount(source, path, 0, edits, err);
}

/* --- the rest ---------------------------------------------------------------
 */

static int read_variable(const struct json *json, struct cdi_edits *edits,
                         struct ch_error *err)
{
    const char **variable = array_append(
        &edits->variables, &edits->variable_count, sizeof(*variable));

    if (!variable)
        return ch_error_set(err, errno, "cannot note \"%s\"", json->text);
    *variable = json->text;
    return 0;
}

static int read_hook(const struct log *log, const char *file,
                     const struct json *json, struct cdi_edits *edits,
                     struct ch_error *err)
{
    CLEANUP_FREE char *title = cdi_hook_title(json);

    if (!title)
        return ch_error_set(err, errno, "cannot read a hook");
    switch (cdi_hook_read(json, &edits->changes, &edits->change_count, err)) {
    case CDI_HOOK_FAILED:
        return ch_error_wrap(err, "hook \"%s\"", title);
    case CDI_HOOK_KNOWN:
        break;
    case CDI_HOOK_NEEDLESS:
        log_info(log, "CDI hook \"%s\" is not needed here", title);
        break;
    case CDI_HOOK_UNKNOWN:
        log_warning(log,
                    "CDI hook \"%s\" of \"%s\" is not run: ch-run runs no "
                    "hooks, and knows no other way to do what this one does",
                    title, file);
        break;
    }
    return 0;
}

/* Groups are the host's to give; those of the user's count as ever. */
static void warn_of_groups(const struct log *log, const char *file,
                           const struct json *groups)
{
    gid_t own[256];
    int count = getgroups(sizeof(own) / sizeof(own[0]), own);

    for (; groups; groups = groups->next) {
        gid_t group = (gid_t)strtoul(groups->text, NULL, 10);
        bool is_own = group == 0 || group == getegid();

        for (int i = 0; i < count && !is_own; i++)
            is_own = own[i] == group;
        if (!is_own)
            log_warning(log,
                        "CDI specification \"%s\" asks for group %s, which you "
                        "are not in: only the admin can add you",
                        file, groups->text);
    }
}

static void warn_of_others(const struct log *log, const char *file,
                           const struct json *json)
{
    warn_of_groups(log, file, cdi_schema_first(json, "additionalGids"));
    if (cdi_schema_field(json, "intelRdt"))
        log_info(log, "intelRdt of \"%s\" is left to the host", file);
    if (cdi_schema_field(json, "netDevices"))
        log_info(log,
                 "netDevices of \"%s\": all of the host's are in the container",
                 file);
}

/* For each element of a list. */
typedef int (*read_item)(const struct json *item, struct cdi_edits *edits,
                         struct ch_error *err);

static int read_list(const struct json *json, const char *name, read_item read,
                     struct cdi_edits *edits, struct ch_error *err)
{
    for (const struct json *item = cdi_schema_first(json, name); item;
         item = item->next)
        if (read(item, edits, err) < 0)
            return -1;
    return 0;
}

int cdi_edits_add(const struct log *log, const char *file,
                  const struct json *json, struct cdi_edits *edits,
                  struct ch_error *err)
{
    if (!json)
        return 0;
    if (read_list(json, "env", read_variable, edits, err) < 0 ||
        read_list(json, "deviceNodes", read_node, edits, err) < 0 ||
        read_list(json, "mounts", read_mount, edits, err) < 0)
        return -1;
    for (const struct json *hook = cdi_schema_first(json, "hooks"); hook;
         hook = hook->next)
        if (read_hook(log, file, hook, edits, err) < 0)
            return -1;
    warn_of_others(log, file, json);
    return 0;
}

void cdi_edits_release(struct cdi_edits *edits)
{
    free(edits->mounts);
    free(edits->changes);
    free(edits->variables);
    *edits = (struct cdi_edits){.mounts = NULL};
}
