/* What depends on the kernel is tried for real, in a child that is thrown
   away. */

#include "config.h"

#include "run/feature.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/compat.h"
#include "run/cdi_yaml.h"
#include "run/namespaces.h"
#include "run/overlay.h"
#include "run/seccomp.h"
#include "run/squash.h"

static bool has_extglob(void)
{
    return FNM_EXTMATCH != 0;
}

static bool has_cdi(void)
{
    return true;
}

static bool has_squash(void)
{
    return squash_is_available(NULL);
}

/* A tmpfs on "/" in namespaces of our own: what --write-fake begins with.
   Returns a descriptor, or -1. */
static int open_scratch(struct ch_error *err)
{
    struct plan plan;

    plan_init(&plan);
    if (namespaces_enter_outer(&plan, err) < 0 ||
        mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") < 0)
        return -1;
    return open("/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Not on the host's root: the kernel refuses what has mounts below that we may
   not take off. */
static bool try_overlay(void)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_CLOSE int scratch_fd = open_scratch(&err);
    CLEANUP_CLOSE int lower_fd = -1;
    struct overlay overlay;

    if (scratch_fd < 0 || mkdirat(scratch_fd, "lower", 0755) < 0)
        return false;
    lower_fd = openat(scratch_fd, "lower", O_PATH | O_DIRECTORY | O_CLOEXEC);
    overlay = (struct overlay){&lower_fd, 1, scratch_fd};
    return lower_fd >= 0 && overlay_make_parts(scratch_fd, &err) == 0 &&
           overlay_mount(&overlay, &err) == 0;
}

static bool try_tmpfs_xattrs(void)
{
    struct ch_error err = CH_ERROR_INIT;
    int scratch_fd = open_scratch(&err);

    return scratch_fd >= 0 &&
           fsetxattr(scratch_fd, "user.charliecloud", "1", 1, 0) == 0;
}

/* Namespaces cannot be left: try in a child. */
static bool try_in_child(bool (*try)(void))
{
    pid_t pid;
    int status;

    (void)signal(SIGCHLD, SIG_DFL); /* if ignored, nobody could wait */
    pid = fork();
    if (pid == 0)
        _exit(try() ? 0 : 1);
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* As an ordinary process: the kernel then wants no_new_privs first. */
static bool try_seccomp(void)
{
    struct ch_error err = CH_ERROR_INIT;

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           seccomp_install(&err) == 0;
}

static bool has_seccomp(void)
{
    return try_in_child(try_seccomp);
}

static bool has_overlayfs(void)
{
    return try_in_child(try_overlay);
}

static bool has_tmpfs_xattrs(void)
{
    return try_in_child(try_tmpfs_xattrs);
}

static const struct {
    const char *name;
    bool (*is_present)(void);
} FEATURES[] = {
    {"cdi", has_cdi},
    {"cdi-yaml", cdi_yaml_is_available},
    {"extglob", has_extglob},
    {"overlayfs", has_overlayfs},
    {"seccomp", has_seccomp},
    {"squash", has_squash},
    {"tmpfs-xattrs", has_tmpfs_xattrs},
};

int feature_find(const char *name, bool *present, struct ch_error *err)
{
    for (size_t i = 0; i < sizeof(FEATURES) / sizeof(FEATURES[0]); i++)
        if (!strcmp(name, FEATURES[i].name)) {
            *present = FEATURES[i].is_present();
            return 0;
        }
    ch_error_set(err, 0, "unknown feature \"%s\"", name);
    return ch_error_hint(err, "there are: cdi, cdi-yaml, extglob, overlayfs, "
                              "seccomp, squash, tmpfs-xattrs");
}
