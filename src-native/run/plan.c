#include "config.h"

#include "run/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "run/cdi.h"
#include "run/directory_image.h"
#include "run/further.h"
#include "run/seccomp.h"
#include "run/stored_image.h"

#define OVERLAY_SIZE_DEFAULT "12%"

void plan_init(struct plan *plan)
{
    *plan = (struct plan){
        .log = {.program = "ch-run",
                .pid = getpid(),
                .fd = STDERR_FILENO,
                .warnings = &plan->warnings},
        .color = "auto",
        .shows_warnings = true,
        .image_fd = -1,
        .record_fd = -1,
        .host_uid = geteuid(),
        .container_uid = geteuid(),
        .container_gid = getegid(),
        .overlay_size = OVERLAY_SIZE_DEFAULT,
        .make_passwd = true,
        .fuse_share = true,
        .image_environment = true,
        .expand_environment = true,
    };
    plan->log.has_color = log_is_on_terminal(&plan->log);
}

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->bind_count; i++) {
        free(plan->binds[i].source);
        free(plan->binds[i].destination);
    }
    free(plan->binds);
    free(plan->warnings.lines);
    further_release(plan);
    free(plan->environment);
    free(plan->cdi_requests);
    cdi_free(plan->cdi);
    stored_image_release(plan);
    free(plan->image);
    free(plan->overlay_dir);
    free(plan->storage);
    settings_release(&plan->settings);
    explain_release(plan->explain);
}

int plan_add_bind(struct plan *plan, const char *source,
                  const char *destination, bool required, bool read_only,
                  struct ch_error *err)
{
    CLEANUP_FREE char *source_copy = strdup(source);
    CLEANUP_FREE char *destination_copy =
        destination ? strdup(destination) : NULL;
    struct bind *bind;

    if (!source_copy || (destination && !destination_copy))
        return ch_error_set(err, errno, "cannot bind \"%s\"", source);
    bind = array_append(&plan->binds, &plan->bind_count, sizeof(*bind));
    if (!bind)
        return ch_error_set(err, errno, "cannot bind \"%s\"", source);
    *bind = (struct bind){.source = take_ptr(source_copy),
                          .destination = take_ptr(destination_copy),
                          .required = required,
                          .read_only = read_only,
                          .origin = plan->origin};
    return 0;
}

int plan_add_environment(struct plan *plan, enum environment_action action,
                         const char *argument, struct ch_error *err)
{
    struct environment_change *change = array_append(
        &plan->environment, &plan->environment_count, sizeof(*change));

    if (!change)
        return ch_error_set(err, errno, "cannot note an environment change");
    *change = (struct environment_change){action, argument, plan->origin};
    return 0;
}

int plan_add_cdi_request(struct plan *plan, const char *request, bool required,
                         struct ch_error *err)
{
    struct cdi_request *added = array_append(
        &plan->cdi_requests, &plan->cdi_request_count, sizeof(*added));

    if (!added)
        return ch_error_set(err, errno, "cannot note a CDI device");
    *added = (struct cdi_request){request, required, plan->origin};
    return 0;
}

bool plan_keeps_writes(const struct plan *plan)
{
    return plan->overlay_dir && !plan->overlay_read_only;
}

/* The container of another process is as it is. */
static int check_join_pid(const struct plan *plan, struct ch_error *err)
{
    const char *pointless = plan->join.is_wanted  ? "join"
                            : plan->write         ? "write"
                            : plan->home          ? "home"
                            : plan->overlay       ? "write-fake"
                            : plan->private_tmp   ? "private-tmp"
                            : plan->overlay_dir   ? "overlay"
                            : plan->further_count ? "lower"
                                                  : NULL;

    if (!pointless)
        return 0;
    return ch_error_set(err, 0,
                        "options \"--join-pid\" and \"--%s\" exclude each "
                        "other",
                        pointless);
}

int plan_check_options(const struct plan *plan, struct ch_error *err)
{
    if (further_count_below(plan) && plan->write)
        return ch_error_set(err, 0,
                            "options \"--write\" and \"--lower\" exclude each "
                            "other");
    if (plan->overlay_dir && plan->write)
        return ch_error_set(
            err, 0,
            "options \"--write\" and \"--overlay\" exclude each "
            "other");
    if (plan_keeps_writes(plan) && plan->overlay)
        return ch_error_set(
            err, 0,
            "options \"--write-fake\" and \"--overlay\" exclude "
            "each other, unless that is only read: "
            "\"--overlay=%s:ro\"",
            plan->overlay_dir);
    if (plan->write && plan->overlay)
        return ch_error_set(err, 0,
                            "options \"--write\" and \"--write-fake\" exclude "
                            "each other");
    if (plan->write && plan->home)
        return ch_error_set(err, 0,
                            "options \"--write\" and \"--home\" exclude each "
                            "other: --home implies --write-fake");
    if (!plan->fuse_share && plan->fuse_linger > 0)
        return ch_error_set(err, 0,
                            "options \"--no-fuse-share\" and \"--fuse-linger\" "
                            "exclude each other");
    if (plan->isolated && (plan->join.is_wanted || plan->join.pid))
        return ch_error_set(err, 0,
                            "options \"--join\" and \"--isolate\" exclude each "
                            "other");
    return plan->join.pid ? check_join_pid(plan, err) : 0;
}

/* A SquashFS image, maybe in a SIF file: open it for the server, and find
   damage before anything is changed. */
static int open_squashfs(struct plan *plan, struct ch_error *err)
{
    struct squashfs_place place;

    plan->image_fd = open(plan->image, O_RDONLY | O_CLOEXEC);
    if (plan->image_fd < 0)
        return ch_error_set(err, errno, "cannot open image \"%s\"",
                            plan->image_path);
    if (image_find_squashfs(plan->image_fd,
                            plan->has_offset ? &plan->image_offset : NULL,
                            &place, err) < 0 ||
        squashfs_check(&place, &plan->super, err) < 0)
        return ch_error_wrap(err, "cannot use image \"%s\"", plan->image_path);
    plan->image_offset = place.offset;
    plan->image_type = IMAGE_SQUASHFS;
    log_debug(&plan->log, "magic number: %x", SQUASHFS_MAGIC);
    return 0;
}

/* Also where the image will be unpacked: the answer is the same everywhere. */
static int check_mount_point(const struct plan *plan, struct ch_error *err)
{
    struct stat st;

    if (!plan->mount_point)
        return 0;
    if (stat(plan->mount_point, &st) < 0)
        return ch_error_set(err, errno, "cannot use mount point \"%s\"",
                            plan->mount_point);
    if (!S_ISDIR(st.st_mode))
        return ch_error_set(err, ENOTDIR, "cannot use mount point \"%s\"",
                            plan->mount_point);
    return 0;
}

/* What is in storage never changes: other images are made of it, too. */
static int check_stored(const struct plan *plan, struct ch_error *err)
{
    if (!plan->write)
        return 0;
    ch_error_set(err, 0,
                 "cannot run image \"%s\" with --write: images in storage are "
                 "always read-only",
                 plan->image_path);
    return ch_error_hint(err, "use --write-fake");
}

static int find_image(struct plan *plan, struct ch_error *err)
{
    bool is_stored;

    plan->image = realpath(plan->image_path, NULL);
    if (!plan->image) {
        int errnum = errno;

        if (stored_image_find(plan, &is_stored, err) < 0)
            return -1;
        if (is_stored)
            return check_stored(plan, err);
        ch_error_set(err, errnum, "cannot find image \"%s\"", plan->image_path);
        if (errnum == ENOENT)
            ch_error_hint(err, "give the path of a directory or a SquashFS "
                               "file, or a name that \"ch-image list\" shows");
        return -1;
    }
    if (image_probe_path(plan->image, &plan->image_type, err) < 0)
        return -1;
    if (plan->image_type == IMAGE_DIRECTORY)
        return directory_image_check(plan, err);
    /* Whatever it begins with, the user says that there is an image inside. */
    if (plan->has_offset)
        plan->image_type = IMAGE_SQUASHFS;
    return 0;
}

/* Whatever it is, it is not looked at. */
static int name_image(struct plan *plan, struct ch_error *err)
{
    plan->image = strdup(plan->image_path);
    if (!plan->image)
        return ch_error_set(err, errno, "cannot note an image");
    return 0;
}

static int refuse_image(const struct plan *plan, struct ch_error *err)
{
    if (plan->image_type == IMAGE_ARCHIVE) {
        ch_error_set(err, 0,
                     "cannot run image \"%s\": it is an archive, not a "
                     "directory or SquashFS file",
                     plan->image_path);
        return ch_error_hint(err, "convert it first: ch-convert %s IMAGE.sqfs",
                             plan->image_path);
    }
    ch_error_set(err, 0,
                 "cannot run image \"%s\": unknown image type, neither a "
                 "directory nor a SquashFS file",
                 plan->image_path);
    return -1;
}

static int check_directory(const struct plan *plan, struct ch_error *err)
{
    const char *misplaced = plan->mount_point  ? "mount"
                            : plan->has_offset ? "offset"
                            : plan->record     ? "record"
                                               : NULL;

    if (!misplaced)
        return 0;
    return ch_error_set(err, 0,
                        "option \"--%s\" is for SquashFS images, and \"%s\" is "
                        "a directory",
                        misplaced, plan->image_path);
}

static int complete_squashfs(struct plan *plan, struct ch_error *err)
{
    if (plan->write) {
        ch_error_set(err, 0,
                     "cannot run image \"%s\" with --write: a SquashFS image "
                     "is always read-only",
                     plan->image_path);
        return ch_error_hint(err, "use --write-fake");
    }
    if (check_mount_point(plan, err) < 0)
        return -1;
    return open_squashfs(plan, err);
}

int plan_find_image(struct plan *plan, struct ch_error *err)
{
    if (find_image(plan, err) < 0)
        return -1;
    switch (plan->image_type) {
    case IMAGE_DIRECTORY:
        return check_directory(plan, err);
    case IMAGE_SIF:
    case IMAGE_SQUASHFS:
        return complete_squashfs(plan, err);
    case IMAGE_ARCHIVE:
    case IMAGE_UNKNOWN:
        break;
    }
    return refuse_image(plan, err);
}

int plan_complete(struct plan *plan, struct ch_error *err)
{
    if (plan->home && !plan_keeps_writes(plan))
        plan->overlay = true;
    if (plan->emulate_root && seccomp_check(err) < 0)
        return -1;
    if (plan->join.pid) /* there is a container already */
        return name_image(plan, err);
    if (plan_find_image(plan, err) < 0)
        return -1;
    return further_complete(plan, err);
}
