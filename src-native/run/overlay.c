#include "config.h"

#include "run/overlay.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/buffer.h"
#include "core/cause.h"

#define OVERLAY_MAGIC 0x794c7630 /* of overlayfs, in linux/magic.h */

int overlay_make_parts(int dir_fd, struct ch_error *err)
{
    if (mkdirat(dir_fd, OVERLAY_UPPER, 0755) < 0 ||
        mkdirat(dir_fd, OVERLAY_WORK, 0755) < 0)
        return ch_error_set(err, errno,
                            "cannot make directories for the overlay");
    return 0;
}

/* The directories are named through /proc, because no path leads to them. The
   index, which some kernels have by default, would tie what is kept to this
   very image and let nobody read beside a writer. */
static int add_options(struct buffer *options, const struct overlay *overlay)
{
    int dir_fd = overlay->dir_fd;

    for (size_t i = 0; i < overlay->lower_count; i++)
        if (buffer_printf(options, "%s/proc/self/fd/%d",
                          i ? ":" : "lowerdir=", overlay->lower_fds[i]) < 0)
            return -1;
    if (dir_fd >= 0 && buffer_printf(options,
                                     ",upperdir=/proc/self/fd/%d/" OVERLAY_UPPER
                                     ",workdir=/proc/self/fd/%d/" OVERLAY_WORK,
                                     dir_fd, dir_fd) < 0)
        return -1;
    return buffer_printf(options, ",index=off");
}

static int mount_overlay(const char *options)
{
    return mount("overlay", "/", "overlay", MS_NOSUID | MS_NODEV, options);
}

static bool is_overlay(int fd)
{
    struct statfs status;

    return fstatfs(fd, &status) == 0 && status.f_type == OVERLAY_MAGIC;
}

/* Whether what it is to be made of is on an overlay. The kernel stacks two
   (FILESYSTEM_MAX_STACK_DEPTH), and ours is the next. */
static bool is_stacked(const struct overlay *overlay)
{
    bool found = overlay->dir_fd >= 0 && is_overlay(overlay->dir_fd);

    for (size_t i = 0; i < overlay->lower_count; i++)
        found = found || is_overlay(overlay->lower_fds[i]);
    return found;
}

static int explain(const struct overlay *overlay, int errnum,
                   struct ch_error *err)
{
    if (errnum == EINVAL && is_stacked(overlay)) {
        ch_error_cause(err, "what it is made of is on overlays already, and "
                            "the kernel stacks no more than two");
        return ch_error_hint(err, "you can fix it: copy the image to another "
                                  "file system, or run it outside of the "
                                  "container that you are in");
    }
    if (errnum == ELOOP)
        return ch_error_hint(err, "an image must not be inside another one of "
                                  "the same container, nor inside of what "
                                  "--overlay keeps, nor that inside an image");
    (void)cause_explain(CAUSES_OVERLAY, err); /* found or not */
    if (err->hint)
        return -1;
    return ch_error_hint(err, "make missing bind destinations in the image, "
                              "or run a directory with --write");
}

int overlay_mount(const struct overlay *overlay, struct ch_error *err)
{
    CLEANUP_BUFFER struct buffer options = {0};
    size_t length;
    int errnum;

    if (add_options(&options, overlay) < 0)
        return ch_error_set(err, errno, "cannot mount an overlay");
    length = options.length;
    if (buffer_printf(&options, ",userxattr") < 0)
        return ch_error_set(err, errno, "cannot mount an overlay");
    /* We are root in the outer namespace. overlayfs keeps its marks in user
       extended attributes there (userxattr), except on kernels that do not
       know the option and have patches of their own. */
    if (mount_overlay(options.data) == 0)
        return 0;
    errnum = errno;
    buffer_truncate(&options, length);
    if (errnum == EINVAL && mount_overlay(options.data) == 0)
        return 0;
    ch_error_set(err, errnum, "cannot mount an overlay on the image");
    return explain(overlay, errnum, err);
}
