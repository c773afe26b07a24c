#include "config.h"

#include "run/cdi_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/path.h"
#include "run/cdi.h"
#include "run/ldcache.h"
#include "run/mount.h"
#include "run/overlay_claim.h"

/* The host's own root has all of its files already, and takes no overlay. */
static bool is_nothing_to_mount(const struct plan *plan)
{
    return !plan->cdi || !strcmp(plan->image, "/");
}

/* --- before the root is built ----------------------------------------------
 */

int cdi_find_overlay(const struct plan *plan, int root_fd, bool *needed,
                     struct ch_error *err)
{
    const struct cdi_edits *edits = plan->cdi ? &plan->cdi->edits : NULL;

    *needed = false;
    if (is_nothing_to_mount(plan))
        return 0;
    for (size_t i = 0; i < edits->change_count; i++)
        *needed = *needed || edits->changes[i].kind != CDI_MODE;
    for (size_t i = 0; i < edits->mount_count && !*needed; i++)
        if (bind_find_missing(root_fd, &edits->mounts[i].bind, 1, needed, err) <
            0)
            return -1;
    return 0;
}

/* ldconfig writes to /etc, and makes links beside the libraries. */
static int claim_change(const struct cdi_change *change, int lower_fd,
                        int upper_fd, struct ch_error *err)
{
    if (change->kind == CDI_LIBRARIES &&
        overlay_claim(lower_fd, upper_fd, "/etc", err) < 0)
        return -1;
    return change->path ? overlay_claim(lower_fd, upper_fd, change->path, err)
                        : 0;
}

int cdi_claim(const struct plan *plan, int lower_fd, int upper_fd,
              struct ch_error *err)
{
    const struct cdi_edits *edits = plan->cdi ? &plan->cdi->edits : NULL;

    if (is_nothing_to_mount(plan))
        return 0;
    for (size_t i = 0; i < edits->mount_count; i++)
        if (bind_claim(lower_fd, upper_fd, &edits->mounts[i].bind, 1, err) < 0)
            return -1;
    for (size_t i = 0; i < edits->change_count; i++)
        if (claim_change(&edits->changes[i], lower_fd, upper_fd, err) < 0)
            return -1;
    return 0;
}

/* --- links and modes --------------------------------------------------------
 */

static bool is_link_to(int dir_fd, const char *name, const char *target)
{
    size_t length = strlen(target);
    CLEANUP_FREE char *found = malloc(length + 1);

    return found &&
           readlinkat(dir_fd, name, found, length + 1) == (ssize_t)length &&
           !memcmp(found, target, length);
}

/* What is there already and is no directory gives way. In a directory of the
   host nothing is made: it has its own links. */
static int make_link(const struct plan *plan, const struct bind_root *root,
                     const struct cdi_change *change, struct ch_error *err)
{
    CLEANUP_FREE char *target = strndup(change->target, change->target_length);
    const char *name = strrchr(change->path, '/') + 1;
    CLEANUP_CLOSE int dir_fd = bind_open_parent(root, change->path);

    if (target && dir_fd < 0 && errno == EXDEV) {
        log_info(&plan->log, "CDI link \"%s\" is left to the host",
                 change->path);
        return 0;
    }
    if (target && dir_fd >= 0) {
        log_trace(&plan->log, "CDI link: \"%s\" to \"%s\"", change->path,
                  target);
        if (is_link_to(dir_fd, name, target))
            return 0;
        if ((unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) &&
            symlinkat(target, dir_fd, name) == 0)
            return 0;
    }
    return ch_error_set(err, errno, "cannot make the CDI link \"%s\"",
                        change->path);
}

/* Only what is the container's own; what is not there, or cannot be changed,
   is no loss: the hook of this name says the same. */
static void change_mode(const struct plan *plan, const struct bind_root *root,
                        const struct cdi_change *change)
{
    CLEANUP_CLOSE int fd = path_open_in_root(root->fd, change->path, O_PATH, 0);
    char path[32]; /* "/proc/self/fd/" and a descriptor */

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fd < 0 || !mount_is_same(fd, root->fd) || chmod(path, change->mode) < 0)
        log_info(&plan->log, "CDI mode of \"%s\" is left as it is",
                 change->path);
}

/* --- mounts -----------------------------------------------------------------
 */

static int mount_one(const struct plan *plan, const struct bind_root *root,
                     const struct cdi_mount *mount, struct ch_error *err)
{
    if (bind_mount(&plan->log, root, &mount->bind, err) < 0)
        return ch_error_wrap(err, "cannot make a mount of a CDI device");
    if (!mount->flags)
        return 0;
    return mount_restrict(root->fd, mount->bind.destination, mount->flags, err);
}

int cdi_mount(const struct plan *plan, const struct bind_root *root,
              struct ch_error *err)
{
    const struct cdi_edits *edits = plan->cdi ? &plan->cdi->edits : NULL;

    if (is_nothing_to_mount(plan))
        return 0;
    for (size_t i = 0; i < edits->mount_count; i++)
        if (mount_one(plan, root, &edits->mounts[i], err) < 0)
            return -1;
    for (size_t i = 0; i < edits->change_count; i++) {
        const struct cdi_change *change = &edits->changes[i];

        if (change->kind == CDI_LINK && make_link(plan, root, change, err) < 0)
            return -1;
        if (change->kind == CDI_MODE)
            change_mode(plan, root, change);
    }
    return 0;
}

/* --- in the container -------------------------------------------------------
 */

int cdi_finish(const struct plan *plan, struct ch_error *err)
{
    if (is_nothing_to_mount(plan))
        return 0;
    return ldcache_update(plan, err);
}

int cdi_set_environment(const struct plan *plan, struct ch_error *err)
{
    const struct cdi_edits *edits = plan->cdi ? &plan->cdi->edits : NULL;

    for (size_t i = 0; edits && i < edits->variable_count; i++) {
        CLEANUP_FREE char *copy = strdup(edits->variables[i]);
        char *value = copy ? strchr(copy, '=') : NULL;

        if (!value)
            return ch_error_set(err, errno, "cannot set the environment");
        *value++ = '\0';
        if (setenv(copy, value, 1) < 0)
            return ch_error_set(err, errno, "cannot set the environment");
        log_trace(&plan->log, "environment: %s=%s", copy, value);
    }
    return 0;
}
