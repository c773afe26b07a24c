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
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/cdi_enter.h"
#include "run/further.h"
#include "run/mount.h"
#include "run/overlay.h"
#include "run/root_claim.h"
#include "run/stored_image.h"

#define TOP "/.." /* what is mounted on "/" last */

/* In a tmpfs there: for each SquashFS image, with its number. */
#define STAGE_IMAGE   TOP "/image"
#define STAGE_SCRATCH TOP "/scratch"

#define PLACE_SIZE 40 /* STAGE_IMAGE and a number */

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
    bool is_staged = root->services->count > 0;
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

static void image_place(size_t index, char place[PLACE_SIZE])
{
    snprintf(place, PLACE_SIZE, STAGE_IMAGE "%zu", index);
}

/* Places for SquashFS images and for the scratch, side by side: on top of
   another, every ".." in a bind's destination would lead into that. */
static int stage_mount(size_t count, struct ch_error *err)
{
    char place[PLACE_SIZE];

    if (mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 ||
        mkdir(STAGE_SCRATCH, 0755) < 0)
        return refuse_tmpfs(err);
    for (size_t i = 0; i < count; i++) {
        image_place(i, place);
        if (mkdir(place, 0755) < 0)
            return refuse_tmpfs(err);
    }
    return 0;
}

/* Mount the SquashFS images, or find them mounted by another launch. */
static int squashfs_mount(struct root *root, struct ch_error *err)
{
    struct services *services = root->services;

    if (!services->count)
        return 0;
    if (!services_are_joined(services) && stage_mount(services->count, err) < 0)
        return -1;
    root->stacked++;
    return services_mount(services, STAGE_IMAGE, err);
}

static int image_open(const struct root *root, const struct plan *plan,
                      struct ch_error *err)
{
    char place[PLACE_SIZE];
    const char *path = plan->image;
    int fd;

    for (size_t i = 0; i < root->services->count; i++) {
        if (root->services->list[i].plan != plan)
            continue;
        image_place(i, place);
        path = plan->mount_point ? plan->mount_point : place;
    }
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        ch_error_set(err, errno, "cannot open image \"%s\"", plan->image_path);
    return fd;
}

/* --mount: the user wants to see it there. */
static int mount_point_use(const struct plan *plan, struct ch_error *err)
{
    char place[PLACE_SIZE];

    if (!plan->mount_point)
        return 0;
    image_place(0, place);
    if (mount(place, plan->mount_point, NULL, MS_BIND, NULL) == 0)
        return 0;
    ch_error_set(err, errno, "cannot mount image \"%s\" on \"%s\"",
                 plan->image_path, plan->mount_point);
    return cause_explain(CAUSES_MOUNT, err);
}

/* All images, not yet mounted (directories) or mounted (SquashFS). */
static int images_open(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;

    if (squashfs_mount(root, err) < 0 || mount_point_use(plan, err) < 0)
        return -1;
    root->image_fd = image_open(root, plan, err);
    if (root->image_fd < 0 || stored_image_open(plan, &root->layers, err) < 0)
        return -1;
    if (!plan->further_count)
        return 0;
    root->further_fds = calloc(plan->further_count, sizeof(int));
    if (!root->further_fds)
        return ch_error_set(err, errno, "cannot open the images");
    memset(root->further_fds, -1, plan->further_count * sizeof(int));
    for (size_t i = 0; i < plan->further_count; i++) {
        root->further_fds[i] = image_open(root, &plan->further[i].plan, err);
        if (root->further_fds[i] < 0 ||
            stored_image_open(&plan->further[i].plan, &root->layers, err) < 0)
            return -1;
    }
    root->base.image_fds = root->further_fds;
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
        if (unmount_fd(fd) < 0) {
            ch_error_set(err, errno, "cannot mount image \"/\"");
            return cause_explain(CAUSES_CAPABILITY, err);
        }
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
    return ch_error_hint(err,
                         "leave --write-fake, --overlay, --lower and --home "
                         "out, and bind to what is there already");
}

static int kept_mount_explain(const struct plan *plan, int dir_fd,
                              struct ch_error *err)
{
    CLEANUP_FREE char *type = mount_type(dir_fd);

    ch_error_wrap(err, "cannot keep an overlay in \"%s\" on file system %s",
                  plan->overlay_dir, type ? type : "there");
    return err->hint ? -1 : overlay_dir_hint(err);
}

/* From the top to the bottom: what --overlay keeps, if that is only shown, the
   image, those below it. `fds` has room for all of them. */
static size_t collect_layers(const struct root *root, int kept_fd, int *fds)
{
    const struct plan *plan = root->plan;
    const int *layer = root->layers.fds;
    size_t count = 0;

    if (kept_fd >= 0)
        fds[count++] = kept_fd;
    fds[count++] = root->image_fd;
    for (size_t i = 0; i < plan->layer_count; i++)
        fds[count++] = *layer++;
    for (size_t i = 0; i < plan->further_count; i++) {
        if (plan->further[i].use == FURTHER_BELOW)
            fds[count++] = root->further_fds[i];
        for (size_t j = 0; j < plan->further[i].plan.layer_count; j++)
            fds[count++] = *layer++;
    }
    return count;
}

/* ch-image has found that overlayfs works, on another host that uses the same
   storage or before the kernel or the file system was changed. */
static int explain_layers(struct ch_error *err)
{
    return ch_error_hint(err, "you can fix it: \"ch-image check --repair\" on "
                              "this host makes one tree of the image's layers");
}

/* Mount an overlay that writes to `dir_fd`, or nowhere (-1). */
static int overlay_add(struct root *root, int dir_fd, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    CLEANUP_FREE int *fds =
        calloc(2 + plan->further_count + root->layers.count, sizeof(*fds));
    CLEANUP_CLOSE int kept_fd = -1;
    struct overlay overlay = {.lower_fds = fds, .dir_fd = dir_fd};

    if (image_is_host_root(plan))
        return refuse_host_overlay(err);
    if (!fds)
        return ch_error_set(err, errno, "cannot mount an overlay");
    if (plan->overlay_dir && plan->overlay_read_only) {
        kept_fd = overlay_dir_open(plan, root->hold, err);
        if (kept_fd < 0)
            return -1;
    }
    overlay.lower_count = collect_layers(root, kept_fd, fds);
    if (dir_fd >= 0 &&
        root_claim(plan, fds, overlay.lower_count, dir_fd, err) < 0)
        return -1;
    if (overlay_mount(&overlay, err) < 0)
        return root->layers.count ? explain_layers(err) : -1;
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
    /* The kernel makes it without any permission, and rm(1) fails at that. */
    (void)fchmodat(fd, OVERLAY_WORK "/work", 0700, 0); /* the next one may */
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
    if (!*missing && cdi_find_overlay(plan, root_fd, missing, err) < 0)
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
    if (unmount_fd(root->base.fd) < 0) {
        ch_error_set(err, errno, "cannot replace the overlay");
        return cause_explain(CAUSES_CAPABILITY, err);
    }
    cleanup_close(&root->base.fd);
    root->base.fd = -1;
    return overlay_add_scratch(root, err);
}

/* Whether there is more than the image, and memory, to see. */
static bool is_stacked(const struct plan *plan)
{
    return plan->overlay_dir || plan->layer_count > 0 ||
           further_count_below(plan) > 0;
}

int root_base_build(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    bool needs_scratch = plan->overlay || plan->make_passwd;

    if (is_stacked(plan) && image_is_host_root(plan))
        return refuse_host_overlay(err);
    if (images_open(root, err) < 0)
        return -1;
    needs_scratch = needs_scratch || services_are_shared(root->services);
    if (needs_scratch && scratch_mount(root, err) < 0)
        return -1;
    if (plan_keeps_writes(plan))
        return overlay_add_kept(root, err);
    if (plan->overlay)
        return overlay_add_scratch(root, err);
    if (plan->write)
        return directory_mount(root, err);
    if (is_stacked(plan))
        return read_only_stack_add(root, err);
    return read_only_add(root, err);
}
