/* Mounts are put on top of "/" of our private mount namespace. A process's
   root is a place below such mounts, so every path of the host still means
   what it did; "/.." is what leads to the topmost one (path lookup follows
   mounts after ".." even at the root). So no mount point is needed anywhere,
   none is left, and nothing of the host is hidden while sources of binds are
   looked up. */

#include "config.h"

#include "run/root_base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/mount.h"
#include "run/overlay.h"

#define TOP "/.." /* what is mounted on "/" last */

/* In a tmpfs there. */
#define STAGE_IMAGE   TOP "/image"
#define STAGE_SCRATCH TOP "/scratch"

static int open_top(const char *path, struct ch_error *err)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        ch_error_set(err, errno, "cannot open what was mounted");
    return fd;
}

static int refuse_tmpfs(struct ch_error *err)
{
    ch_error_set(err, errno, "cannot mount a tmpfs");
    return cause_explain(CAUSES_TMPFS, err);
}

/* A tmpfs of ours, for the overlay, for two small files, and to tell a shared
   server how long our mounts last. */
static int scratch_mount(struct root *root, struct ch_error *err)
{
    bool is_staged = root->plan->image_type == IMAGE_SQUASHFS;
    const char *path = is_staged ? STAGE_SCRATCH : "/";
    char options[64];

    snprintf(options, sizeof(options), "mode=0755,size=%.30s",
             root->plan->overlay_size);
    if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
        return refuse_tmpfs(err);
    if (!is_staged)
        root->stacked++;
    root->scratch_fd = open_top(is_staged ? STAGE_SCRATCH : TOP, err);
    return root->scratch_fd < 0 ? -1 : 0;
}

/* Places for a SquashFS image and for the scratch, side by side: on top of
   either, every ".." in a bind's destination would lead into the other. */
static int stage_mount(struct ch_error *err)
{
    if (mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 ||
        mkdir(STAGE_IMAGE, 0755) < 0 || mkdir(STAGE_SCRATCH, 0755) < 0)
        return refuse_tmpfs(err);
    return 0;
}

/* Mount a SquashFS image, or find it mounted by another launch. */
static int squashfs_mount(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;

    if (root->squash->share.role != SHARE_JOINED && stage_mount(err) < 0)
        return -1;
    root->stacked++;
    log_debug(&plan->log, "mounting: %s", plan->image);
    if (squash_mount(plan, root->squash, STAGE_IMAGE, err) < 0)
        return -1;
    if (!plan->mount_point)
        return 0;
    if (mount(STAGE_IMAGE, plan->mount_point, NULL, MS_BIND, NULL) == 0)
        return 0;
    ch_error_set(err, errno, "cannot mount image \"%s\" on \"%s\"",
                 plan->image_path, plan->mount_point);
    return cause_explain(CAUSES_MOUNT, err);
}

/* The image, not yet mounted (a directory) or mounted (SquashFS). */
static int image_open(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    const char *path = plan->image;

    if (plan->image_type == IMAGE_SQUASHFS) {
        if (squashfs_mount(root, err) < 0)
            return -1;
        path = plan->mount_point ? plan->mount_point : STAGE_IMAGE;
    }
    root->image_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->image_fd < 0)
        return ch_error_set(err, errno, "cannot open image \"%s\"",
                            plan->image_path);
    return 0;
}

static bool image_is_host_root(const struct plan *plan)
{
    return !strcmp(plan->image, "/");
}

/* A copy of the host's root has what we have put on that, too. Take it off. */
static int host_root_uncover(const struct root *root, struct ch_error *err)
{
    for (int i = 0; i < root->stacked; i++) {
        CLEANUP_CLOSE int fd = open_top(TOP, err);

        if (fd < 0)
            return -1;
        if (unmount_fd(fd) < 0)
            return ch_error_set(err, errno, "cannot mount image \"/\"");
    }
    return 0;
}

static int base_open(struct root *root, bool writable, struct ch_error *err)
{
    root->base.fd = open_top(TOP, err);
    root->base.writable = writable;
    return root->base.fd < 0 ? -1 : 0;
}

/* A directory becomes a mount, as pivot_root(2) wants; read-only, if it is. */
static int directory_mount(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;

    log_debug(&plan->log, "mounting: %s", plan->image);
    if (mount(plan->image, "/", NULL, MS_BIND | MS_REC, NULL) < 0) {
        ch_error_set(err, errno, "cannot mount image \"%s\"", plan->image_path);
        return cause_explain(CAUSES_MOUNT, err);
    }
    if ((image_is_host_root(plan) && host_root_uncover(root, err) < 0) ||
        base_open(root, plan->write, err) < 0)
        return -1;
    return plan->write ? 0 : mount_make_read_only(root->base.fd, "/", err);
}

/* The kernel lets us show no file system without what is mounted on it, and
   an overlay would. */
static int refuse_host_overlay(struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot put an overlay on the host's root directory: other "
                 "file systems are mounted in it");
    return ch_error_hint(err, "leave --write-fake, --overlay and --home out, "
                              "and bind to what is there already");
}

static int kept_mount_explain(const struct plan *plan, int dir_fd,
                              struct ch_error *err)
{
    CLEANUP_FREE char *type = mount_type(dir_fd);

    ch_error_wrap(err, "cannot keep an overlay in \"%s\" on file system %s",
                  plan->overlay_dir, type ? type : "there");
    return err->hint ? -1 : overlay_dir_hint(err);
}

/* Mount an overlay that writes to `dir_fd`, or nowhere (-1). */
static int overlay_add(struct root *root, int dir_fd, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    int lower_fds[] = {-1, root->image_fd};
    bool shows_kept = plan->overlay_dir && plan->overlay_read_only;
    struct overlay overlay = {lower_fds + !shows_kept, (size_t)1 + shows_kept,
                              dir_fd};
    CLEANUP_CLOSE int kept_fd = -1;

    if (image_is_host_root(plan))
        return refuse_host_overlay(err);
    if (shows_kept) {
        kept_fd = overlay_dir_open(plan, root->hold, err);
        if (kept_fd < 0)
            return -1;
        lower_fds[0] = kept_fd;
    }
    if (overlay_mount(&overlay, err) < 0)
        return -1;
    return base_open(root, dir_fd >= 0, err);
}

/* What COMMAND writes goes to memory. */
static int overlay_add_scratch(struct root *root, struct ch_error *err)
{
    if ((root->scratch_fd < 0 && scratch_mount(root, err) < 0) ||
        overlay_make_parts(root->scratch_fd, err) < 0)
        return -1;
    root->scratch_is_used = true;
    return overlay_add(root, root->scratch_fd, err);
}

/* What COMMAND writes is kept. */
static int overlay_add_kept(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    CLEANUP_CLOSE int fd = overlay_dir_open(plan, root->hold, err);

    if (fd < 0)
        return -1;
    if (overlay_add(root, fd, err) < 0)
        return kept_mount_explain(plan, fd, err);
    return overlay_dir_hand_over(plan, root->hold, root->base.fd, err);
}

/* Whether there is a bind that only an overlay can make the destination of. */
static int find_missing(const struct root *root, int root_fd, bool *missing,
                        struct ch_error *err)
{
    const struct plan *plan = root->plan;

    if (bind_find_missing(root_fd, BINDS_DEFAULT, BINDS_DEFAULT_COUNT, missing,
                          err) < 0 ||
        (!*missing && bind_find_missing(root_fd, plan->binds, plan->bind_count,
                                        missing, err) < 0))
        return -1;
    if (*missing)
        log_info(&plan->log, "a bind destination is missing in the image: "
                             "using an overlay to make it");
    return 0;
}

/* An image that nobody writes to, unless a bind needs it. */
static int read_only_add(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    bool missing;

    if (find_missing(root, root->image_fd, &missing, err) < 0)
        return -1;
    if (missing)
        return overlay_add_scratch(root, err);
    if (plan->image_type == IMAGE_DIRECTORY)
        return directory_mount(root, err);
    root->base.fd = take_fd(&root->image_fd);
    return 0;
}

/* The same of several layers: what is missing is seen when they are stacked. */
static int read_only_stack_add(struct root *root, struct ch_error *err)
{
    bool missing;

    if (overlay_add(root, -1, err) < 0 ||
        find_missing(root, root->base.fd, &missing, err) < 0)
        return -1;
    if (!missing)
        return 0;
    if (unmount_fd(root->base.fd) < 0)
        return ch_error_set(err, errno, "cannot replace the overlay");
    cleanup_close(&root->base.fd);
    root->base.fd = -1;
    return overlay_add_scratch(root, err);
}

int root_base_build(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    bool needs_scratch = plan->overlay || plan->make_passwd;

    if (plan->overlay_dir && image_is_host_root(plan))
        return refuse_host_overlay(err);
    if (image_open(root, err) < 0)
        return -1;
    needs_scratch = needs_scratch || squash_is_shared(root->squash);
    if (needs_scratch && scratch_mount(root, err) < 0)
        return -1;
    if (plan_keeps_writes(plan))
        return overlay_add_kept(root, err);
    if (plan->overlay)
        return overlay_add_scratch(root, err);
    if (plan->write)
        return directory_mount(root, err);
    if (plan->overlay_dir)
        return read_only_stack_add(root, err);
    return read_only_add(root, err);
}
