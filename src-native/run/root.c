/* Mounts are put on top of "/" of our private mount namespace. A process's
   root is a place below such mounts, so every path of the host still means
   what it did; "/.." is what leads to the topmost one (path lookup follows
   mounts after ".." even at the root). So no mount point is needed anywhere,
   none is left, and nothing of the host is hidden while sources of binds are
   looked up.

   In the end pivot_root(2) makes the image the root and stacks the old root on
   it, with what else was put there; all of that is detached, layer by layer. */

#include "config.h"

#include "run/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/path.h"
#include "run/bind.h"
#include "run/mount.h"
#include "run/overlay.h"
#include "run/passwd.h"

#define TOP "/.." /* what is mounted on "/" last */

/* In a tmpfs there. */
#define STAGE_IMAGE   TOP "/image"
#define STAGE_SCRATCH TOP "/scratch"

/* A root under construction. */
struct root {
    const struct plan *plan;
    struct bind_root base; /* the container's root directory; both fds owned */
    int scratch_fd; /* tmpfs for the overlay and our own files; owned, or -1 */
    int stacked;    /* mounts on "/" that are not the container's root */
};

static void root_release(struct root *root)
{
    cleanup_close(&root->base.fd);
    cleanup_close(&root->base.tmp_fd);
    cleanup_close(&root->scratch_fd);
}

#define CLEANUP_ROOT __attribute__((cleanup(root_release)))

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
static int squashfs_mount(struct root *root, struct squash *squash,
                          struct ch_error *err)
{
    const struct plan *plan = root->plan;

    if (squash->share.role != SHARE_JOINED && stage_mount(err) < 0)
        return -1;
    root->stacked++;
    log_debug(&plan->log, "mounting: %s", plan->image);
    if (squash_mount(plan, squash, STAGE_IMAGE, err) < 0)
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
static int image_open(struct root *root, struct squash *squash,
                      struct ch_error *err)
{
    const struct plan *plan = root->plan;
    const char *path = plan->image;

    if (plan->image_type == IMAGE_SQUASHFS) {
        if (squashfs_mount(root, squash, err) < 0)
            return -1;
        path = plan->mount_point ? plan->mount_point : STAGE_IMAGE;
    }
    root->base.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->base.fd < 0)
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

/* A directory becomes a mount, as pivot_root(2) wants; read-only, if it is. */
static int directory_mount(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;

    log_debug(&plan->log, "mounting: %s", plan->image);
    if (mount(plan->image, "/", NULL, MS_BIND | MS_REC, NULL) < 0) {
        ch_error_set(err, errno, "cannot mount image \"%s\"", plan->image_path);
        return cause_explain(CAUSES_MOUNT, err);
    }
    if (image_is_host_root(plan) && host_root_uncover(root, err) < 0)
        return -1;
    cleanup_close(&root->base.fd);
    root->base.fd = open_top(TOP, err);
    if (root->base.fd < 0)
        return -1;
    root->base.writable = plan->write;
    return plan->write ? 0 : mount_make_read_only(root->base.fd, "/", err);
}

/* The kernel lets us show no file system without what is mounted on it, and
   an overlay would. */
static int refuse_host_overlay(struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot put an overlay on the host's root directory: other "
                 "file systems are mounted in it");
    return ch_error_hint(err, "leave --write-fake and --home out, and bind to "
                              "what is there already");
}

static int overlay_add(struct root *root, struct ch_error *err)
{
    if (image_is_host_root(root->plan))
        return refuse_host_overlay(err);
    if (root->scratch_fd < 0 && scratch_mount(root, err) < 0)
        return -1;
    if (overlay_mount(root->base.fd, root->scratch_fd, err) < 0)
        return -1;
    cleanup_close(&root->base.fd);
    root->base.fd = open_top(TOP, err);
    root->base.writable = true;
    return root->base.fd < 0 ? -1 : 0;
}

/* Whether COMMAND gets an overlay: asked for, or the only way to make the
   destination of a bind in an image that is read-only. */
static int overlay_decide(const struct root *root, bool *wanted,
                          struct ch_error *err)
{
    const struct plan *plan = root->plan;
    bool missing;

    *wanted = plan->overlay;
    if (plan->overlay || plan->write)
        return 0;
    if (bind_find_missing(root->base.fd, BINDS_DEFAULT, BINDS_DEFAULT_COUNT,
                          &missing, err) < 0 ||
        (!missing && bind_find_missing(root->base.fd, plan->binds,
                                       plan->bind_count, &missing, err) < 0))
        return -1;
    if (missing)
        log_info(&plan->log, "a bind destination is missing in the image: "
                             "using an overlay to make it");
    *wanted = missing;
    return 0;
}

static int base_build(struct root *root, struct squash *squash,
                      struct ch_error *err)
{
    const struct plan *plan = root->plan;
    bool needs_scratch = plan->overlay || plan->make_passwd;
    bool overlay;

    if (image_open(root, squash, err) < 0)
        return -1;
    needs_scratch = needs_scratch || squash_is_shared(squash);
    if ((needs_scratch && scratch_mount(root, err) < 0) ||
        overlay_decide(root, &overlay, err) < 0)
        return -1;
    if (overlay)
        return overlay_add(root, err);
    if (plan->image_type == IMAGE_DIRECTORY)
        return directory_mount(root, err);
    return 0;
}

/* /tmp: the host's, so that ranks and programs meet there, or a new one. */
static int tmp_mount(struct root *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    const char *host_tmp = getenv("TMPDIR");

    if (!root->plan->private_tmp) {
        const struct bind bind = {
            (char *)(host_tmp && *host_tmp ? host_tmp : "/tmp"),
            (char *)"/tmp",
            false,
            false,
            {0}};

        return bind_mount(&root->plan->log, &root->base, &bind, err);
    }
    fd = path_open_in_root(root->base.fd, "/tmp", O_PATH | O_DIRECTORY, 0);
    if (fd < 0 || mount_on_path("tmpfs", root->base.fd, "/tmp", fd, "tmpfs",
                                MS_NOSUID | MS_NODEV, "mode=1777") < 0) {
        ch_error_set(err, errno, "cannot mount a private \"/tmp\"");
        return cause_explain(CAUSES_TMPFS, err);
    }
    root->base.tmp_fd =
        path_open_in_root(root->base.fd, "/tmp", O_PATH | O_DIRECTORY, 0);
    if (root->base.tmp_fd < 0)
        return ch_error_set(err, errno, "cannot open the private \"/tmp\"");
    return 0;
}

/* $HOME at /home/$USER. */
static int home_mount(const struct root *root, struct ch_error *err)
{
    CLEANUP_FREE char *destination = NULL;
    struct bind bind = {.source = getenv("HOME"), .required = true};

    if (!root->plan->home)
        return 0;
    if (!bind.source || !*bind.source)
        return ch_error_set(err, 0, "cannot use --home: $HOME is not set");
    destination = passwd_home(root->plan);
    if (!destination)
        return ch_error_set(err, errno, "cannot use --home");
    bind.destination = destination;
    return bind_mount(&root->plan->log, &root->base, &bind, err);
}

static int passwd_add(const struct root *root, struct ch_error *err)
{
    if (!root->plan->make_passwd)
        return 0;
    return passwd_mount(root->plan, root->base.fd, root->scratch_fd, err);
}

/* Where nothing of the scratch is in the container (no overlay, no file of
   passwd_mount()), it would be gone with the old root, and a shared server
   would take that for our end. */
static int scratch_pin(const struct root *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    char source[32]; /* "/proc/self/fd/" and a descriptor */

    if (root->base.writable || passwd_is_mounted(root->scratch_fd))
        return 0;
    /* The host's /dev comes on top of it. */
    fd = path_open_in_root(root->base.fd, "/dev", O_PATH | O_DIRECTORY, 0);
    snprintf(source, sizeof(source), "/proc/self/fd/%d", root->scratch_fd);
    if (fd < 0 || mount_on_path(source, root->base.fd, "/dev", fd, NULL,
                                MS_BIND, NULL) < 0)
        return ch_error_set(err, errno, "cannot mount a tmpfs");
    return 0;
}

static int binds_mount(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;

    if (bind_mount_all(&plan->log, &root->base, BINDS_DEFAULT,
                       BINDS_DEFAULT_COUNT, err) < 0 ||
        tmp_mount(root, err) < 0 || home_mount(root, err) < 0)
        return -1;
    return bind_mount_all(&plan->log, &root->base, plan->binds,
                          plan->bind_count, err);
}

/* Make the image our root and let go of everything else. */
static int root_pivot(const struct root *root, struct ch_error *err)
{
    if (fchdir(root->base.fd) < 0)
        return ch_error_set(err, errno, "cannot enter the image");
    /* Root in the outer namespace, in the new root, which is a mount: what
       pivot_root(2) wants. The old root is stacked on the new one. */
    if (syscall(SYS_pivot_root, ".", ".") < 0) {
        ch_error_set(err, errno, "cannot make the image the root directory");
        return cause_explain(CAUSES_PIVOT_ROOT, err);
    }
    /* The old root itself, and what else was stacked on it. */
    for (int i = 0; i < 1 + root->stacked; i++)
        if (umount2(".", MNT_DETACH) < 0)
            return ch_error_set(err, errno, "cannot detach the host's files");
    if (chdir("/") < 0)
        return ch_error_set(err, errno, "cannot enter the new root directory");
    return 0;
}

int root_enter(const struct plan *plan, struct squash *squash,
               struct ch_error *err)
{
    CLEANUP_ROOT struct root root = {
        .plan = plan, .base = {.fd = -1, .tmp_fd = -1}, .scratch_fd = -1};

    bool is_shared;

    if (base_build(&root, squash, err) < 0 || passwd_add(&root, err) < 0)
        return -1;
    is_shared = squash_is_shared(squash);
    if ((is_shared && scratch_pin(&root, err) < 0) ||
        binds_mount(&root, err) < 0)
        return -1;
    if (is_shared)
        squash_settle(plan, squash, root.scratch_fd);
    return root_pivot(&root, err);
}
