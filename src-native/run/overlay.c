#include "config.h"

#include "run/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/cause.h"

#define UPPER "upper"
#define WORK  "work"

/* The directories are named through /proc, because no path leads to them. */
static int mount_overlay(int lower_fd, int scratch_fd, const char *extra)
{
    char options[192]; /* three short paths and the names of the options */

    snprintf(options, sizeof(options),
             "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d/" UPPER
             ",workdir=/proc/self/fd/%d/" WORK "%s",
             lower_fd, scratch_fd, scratch_fd, extra);
    return mount("overlay", "/", "overlay", MS_NOSUID | MS_NODEV, options);
}

int overlay_mount(int lower_fd, int scratch_fd, struct ch_error *err)
{
    if (mkdirat(scratch_fd, UPPER, 0755) < 0 ||
        mkdirat(scratch_fd, WORK, 0755) < 0)
        return ch_error_set(err, errno,
                            "cannot make directories for the "
                            "overlay");
    /* We are root in the outer namespace. overlayfs keeps its marks in user
       extended attributes there (userxattr), except on kernels that do not
       know the option and have patches of their own. */
    if (mount_overlay(lower_fd, scratch_fd, ",userxattr") == 0)
        return 0;
    if (errno == EINVAL && mount_overlay(lower_fd, scratch_fd, "") == 0)
        return 0;
    ch_error_set(err, errno, "cannot mount an overlay on the image");
    (void)cause_explain(CAUSES_OVERLAY, err); /* found or not */
    if (err->hint)
        return -1;
    return ch_error_hint(err, "make missing bind destinations in the image, "
                              "or run a directory with --write");
}
