#include "config.h"

#include "run/overlay_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/descriptors.h"
#include "run/message.h"
#include "run/mount.h"
#include "run/overlay.h"
#include "run/overlay_lock.h"
#include "run/unseen.h"

/* What is made in DIR/work, and removed, to see what the file system can. */
#define PROBE "probe"
#define MOVED "moved"

/* As overlayfs's own attributes, without meaning to it. */
#define PROBE_XATTR "user.overlay.charliecloud"

int overlay_dir_hint(struct ch_error *err)
{
    return ch_error_hint(err, "give a directory on a local disk (ext4, XFS, "
                              "Btrfs) or, with Linux 6.6, on a tmpfs; what "
                              "need not be kept can go to memory: "
                              "--write-fake");
}

/* --- what is in the directory ----------------------------------------------
 */

static int open_directory(const char *dir, struct ch_error *err)
{
    int fd;

    if (mkdir(dir, 0777) < 0 && errno != EEXIST) {
        ch_error_set(err, errno, "cannot make overlay \"%s\"", dir);
        return cause_explain(CAUSES_DISK, err);
    }
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ch_error_set(err, errno, "cannot open overlay \"%s\"", dir);
    return fd;
}

static bool is_ours(const char *name)
{
    static const char *const NAMES[] = {".", "..", "lock", "upper", "work"};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (!strcmp(name, NAMES[i]))
            return true;
    return false;
}

/* Somebody's home directory shall not become an overlay by mistake. */
static int refuse_foreign(int dir_fd, const char *dir, struct ch_error *err)
{
    CLEANUP_CLOSEDIR DIR *list = NULL;
    CLEANUP_CLOSE int fd = openat(dir_fd, ".", O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fstatat(dir_fd, "upper", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    list = fd < 0 ? NULL : fdopendir(fd);
    if (!list)
        return ch_error_set(err, errno, "cannot read overlay \"%s\"", dir);
    (void)take_fd(&fd); /* the list's now */
    for (struct dirent *entry; (entry = readdir(list));)
        if (!is_ours(entry->d_name))
            return ch_error_set(err, 0,
                                "cannot keep an overlay in \"%s\": there are "
                                "other files in it",
                                dir);
    return 0;
}

static int make_part(int dir_fd, const char *dir, const char *name,
                     struct ch_error *err)
{
    struct stat st;

    if ((mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST) ||
        fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        ch_error_set(err, errno, "cannot make \"%s/%s\"", dir, name);
        return cause_explain(CAUSES_DISK, err);
    }
    if (!S_ISDIR(st.st_mode))
        return ch_error_set(err, ENOTDIR, "cannot use \"%s/%s\"", dir, name);
    /* The kernel maps no other owner into the container. */
    if (st.st_uid != geteuid())
        return ch_error_set(err, 0,
                            "cannot use \"%s/%s\": it belongs to uid %u", dir,
                            name, st.st_uid);
    return 0;
}

/* --- whether the file system is good for that ------------------------------
 */

/* A whiteout stands for a file that was deleted. overlayfs makes it by
   renaming, or as a device, which on new kernels everybody may, too. */
static bool can_white_out(int work_fd)
{
    CLEANUP_CLOSE int fd =
        openat(work_fd, PROBE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0);
    bool can;

    if (fd < 0)
        return true; /* no question of whiteouts */
    can = renameat2(work_fd, PROBE, work_fd, MOVED, RENAME_WHITEOUT) == 0 ||
          /* Before Linux 5.8 only overlayfs itself might in our name. */
          errno == EPERM;
    (void)unlinkat(work_fd, MOVED, 0); /* the one or the other is there */
    (void)unlinkat(work_fd, PROBE, 0);
    if (can)
        return true;
    can = mknodat(work_fd, PROBE, S_IFCHR, makedev(0, 0)) == 0;
    (void)unlinkat(work_fd, PROBE, 0); /* the same */
    return can;
}

/* A directory that was deleted and made again hides the image's by one. */
static bool can_mark(int work_fd)
{
    if (fsetxattr(work_fd, PROBE_XATTR, "y", 1, 0) < 0)
        return errno != ENOTSUP;
    (void)fremovexattr(work_fd, PROBE_XATTR); /* without meaning if it stays */
    return true;
}

static int check_file_system(int dir_fd, const char *dir, struct ch_error *err)
{
    CLEANUP_CLOSE int work_fd =
        openat(dir_fd, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP_FREE char *type = NULL;
    const char *lack;

    if (work_fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s/work\"", dir);
    lack = !can_mark(work_fd)        ? "has no extended attributes for users"
           : !can_white_out(work_fd) ? "cannot note that a file is deleted"
                                     : NULL;
    if (!lack)
        return 0;
    type = mount_type(dir_fd);
    ch_error_set(err, 0, "cannot keep an overlay in \"%s\": file system %s %s",
                 dir, type ? type : "there", lack);
    return overlay_dir_hint(err);
}

/* What is written would be in the image, and as that in what is written. */
static int refuse_inside(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_FREE char *path = realpath(plan->overlay_dir, NULL);
    size_t length = strlen(plan->image);

    if (!path)
        return ch_error_set(err, errno, "cannot find overlay \"%s\"",
                            plan->overlay_dir);
    if (strncmp(path, plan->image, length) ||
        (path[length] && path[length] != '/'))
        return 0;
    return ch_error_set(err, 0,
                        "cannot keep an overlay in \"%s\": it is inside the "
                        "image",
                        plan->overlay_dir);
}

/* --- taking it -------------------------------------------------------------
 */

static int start_holder(const struct plan *plan, struct overlay_hold *hold,
                        struct ch_error *err)
{
    int sockets[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return ch_error_set(err, errno, "cannot hold the overlay");
    pid = unseen_fork();
    if (pid < 0)
        ch_error_set(err, errno, "cannot hold the overlay");
    hold->is_holder = pid == 0;
    hold->socket = sockets[hold->is_holder];
    (void)close(sockets[!hold->is_holder]); /* the other side's */
    if (pid <= 0)
        return (int)pid;
    return overlay_lock_sign(hold->lock_fd, plan->log.pid, pid, err);
}

int overlay_dir_take(const struct plan *plan, struct overlay_hold *hold,
                     struct ch_error *err)
{
    const char *dir = plan->overlay_dir;
    CLEANUP_CLOSE int fd = -1;

    if (!dir || plan->overlay_read_only)
        return 0;
    fd = open_directory(dir, err);
    if (fd < 0 || refuse_foreign(fd, dir, err) < 0 ||
        refuse_inside(plan, err) < 0)
        return -1;
    hold->lock_fd = overlay_lock_take(fd, dir, err);
    if (hold->lock_fd < 0 || make_part(fd, dir, OVERLAY_UPPER, err) < 0 ||
        make_part(fd, dir, OVERLAY_WORK, err) < 0 ||
        check_file_system(fd, dir, err) < 0)
        return -1;
    if (fstat(fd, &hold->directory) < 0)
        return ch_error_set(err, errno, "cannot examine overlay \"%s\"", dir);
    return start_holder(plan, hold, err);
}

/* --- the holder ------------------------------------------------------------
 */

static void await_unmount(int inotify_fd)
{
    _Alignas(struct inotify_event) char events[4096];
    ssize_t length;

    /* One watch, and only what ends it is reported. */
    do
        length = read(inotify_fd, events, sizeof(events));
    while (length < 0 && errno == EINTR);
}

void overlay_dir_hold(struct overlay_hold *hold)
{
    const int kept[] = {hold->lock_fd, hold->socket};
    struct ch_error ignored = CH_ERROR_INIT;
    int fds[MESSAGE_DESCRIPTORS];
    char byte;

    unseen_detach("ch-run-overlay");
    if (descriptors_close_except(kept, 2, false, &ignored) < 0)
        ch_error_clear(&ignored); /* it holds more than it needs */
    /* A launch that fails, or leaves the lock to its command, says nothing. */
    if (message_receive(hold->socket, &byte, sizeof(byte), fds) > 0 &&
        dup3(fds[0], OVERLAY_WATCH_FD, O_CLOEXEC) >= 0) {
        message_close(fds);
        (void)send(hold->socket, "", 1, MSG_NOSIGNAL); /* if nobody listens any
                                                          more, it unmounts */
        (void)close(hold->socket);
        await_unmount(OVERLAY_WATCH_FD);
    }
}

/* --- in the outer namespaces -----------------------------------------------
 */

static int open_for_reading(const char *dir, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int upper_fd;

    if (fd < 0)
        return ch_error_set(err, errno, "cannot open overlay \"%s\"", dir);
    upper_fd = openat(fd, OVERLAY_UPPER,
                      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (upper_fd < 0) {
        ch_error_set(err, errno,
                     "cannot read overlay \"%s\": there is none in it", dir);
        ch_error_hint(err, "a run with \"--overlay=%s\" makes one", dir);
    }
    return upper_fd;
}

int overlay_dir_open(const struct plan *plan, const struct overlay_hold *hold,
                     struct ch_error *err)
{
    const char *dir = plan->overlay_dir;
    CLEANUP_CLOSE int fd = -1;
    struct stat st;

    if (plan->overlay_read_only)
        return open_for_reading(dir, err);
    fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return ch_error_set(err, errno, "cannot open overlay \"%s\"", dir);
    if (st.st_dev != hold->directory.st_dev ||
        st.st_ino != hold->directory.st_ino)
        return ch_error_set(err, 0,
                            "cannot open overlay \"%s\": it was replaced", dir);
    return take_fd(&fd);
}

/* Where no inotify instance is to be had, the command and what it leaves
   behind hold the lock, with a descriptor that is out of the way. */
static int leave_to_command(const struct plan *plan, struct overlay_hold *hold,
                            struct ch_error *err)
{
    log_info(&plan->log,
             "COMMAND holds the lock of overlay \"%s\" by a descriptor: no "
             "inotify instance is free",
             plan->overlay_dir);
    if (fcntl(hold->lock_fd, F_DUPFD, OVERLAY_WATCH_FD) < 0)
        return ch_error_set(err, errno, "cannot hold the overlay");
    return overlay_lock_sign(hold->lock_fd, plan->log.pid, 0, err);
}

/* When it has answered, everybody can see that it watches. */
static int send_watch(const struct overlay_hold *hold, int inotify_fd)
{
    char byte;
    ssize_t length;

    if (message_send(hold->socket, "", 1, &inotify_fd, 1) < 0)
        return -1;
    do
        length = recv(hold->socket, &byte, sizeof(byte), 0);
    while (length < 0 && errno == EINTR);
    return length == 1 ? 0 : -1;
}

int overlay_dir_hand_over(const struct plan *plan, struct overlay_hold *hold,
                          int root_fd, struct ch_error *err)
{
    CLEANUP_CLOSE int inotify_fd = inotify_init1(IN_CLOEXEC);
    char path[32]; /* "/proc/self/fd/" and a descriptor */
    int status = 0;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", root_fd);
    if (inotify_fd < 0 ||
        inotify_add_watch(inotify_fd, path, IN_DELETE_SELF) < 0)
        status = leave_to_command(plan, hold, err);
    else if (send_watch(hold, inotify_fd) < 0)
        status = ch_error_set(err, 0,
                              "cannot hold the overlay: the process that is "
                              "to do that ended unexpectedly");
    cleanup_close(&hold->socket);
    cleanup_close(&hold->lock_fd);
    hold->socket = hold->lock_fd = -1;
    return status;
}
