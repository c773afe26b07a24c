#include "config.h"

#include "squashfs/own_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "squashfs/session.h"

/* Enough of a tree that damage has made endless. */
#define ENTRIES_MAX 20000
#define BYTES_MAX   ((size_t)64 << 20)
#define CHUNK       ((size_t)256 << 10)

/* --- the walk, in a process of its own -------------------------------------
 */

/* nftw(3) has no argument for it. */
static struct {
    size_t entries, bytes, errors;
    char chunk[CHUNK];
} walk;

static void count(ssize_t result)
{
    if (result < 0)
        walk.errors++;
}

static void read_file(const char *path)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : 1;

    while (length > 0 && walk.bytes <= BYTES_MAX) {
        length = read(fd, walk.chunk, CHUNK);
        if (length > 0)
            walk.bytes += (size_t)length;
    }
    count(length);
}

static int visit(const char *path, const struct stat *st, int kind,
                 struct FTW *where)
{
    char names[4096];

    (void)where;
    if (kind == FTW_NS || kind == FTW_DNR)
        walk.errors++;
    if (kind == FTW_F && S_ISREG(st->st_mode))
        read_file(path);
    if (kind == FTW_SL)
        count(readlink(path, walk.chunk, CHUNK));
    if (llistxattr(path, names, sizeof(names)) < 0 && errno != ENOTSUP)
        walk.errors++;
    return ++walk.entries > ENTRIES_MAX || walk.bytes > BYTES_MAX;
}

/* Starts when the other end of the pipe is closed. */
static _Noreturn void run_walk(const char *directory, int go)
{
    char byte;

    (void)!read(go, &byte, 1); /* the end of the file */
    count(nftw(directory, visit, 16, FTW_PHYS));
    _exit(walk.errors ? OWN_MOUNT_ERRORS : OWN_MOUNT_SOUND);
}

/* --- mounting and serving --------------------------------------------------
 */

static int write_map(const char *path, unsigned id)
{
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    char line[32]; /* a number and two digits */
    int length = snprintf(line, sizeof(line), "0 %u 1", id);

    return fd >= 0 && write(fd, line, (size_t)length) == length ? 0 : -1;
}

static int deny_setgroups(void)
{
    CLEANUP_CLOSE int fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, "deny", 4) == 4 ? 0 : -1;
}

static int enter_namespaces(void)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || deny_setgroups() < 0 ||
        write_map("/proc/self/uid_map", uid) < 0 ||
        write_map("/proc/self/gid_map", gid) < 0)
        return -1;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Returns the descriptor of the device, or -1. */
static int mount_image(const char *directory)
{
    char options[96]; /* one descriptor and short words */
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return -1;
    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions",
             fd);
    if (mount("image", directory, "fuse", MS_RDONLY | MS_NODEV, options) == 0)
        return fd;
    (void)close(fd); /* nothing was mounted */
    return -1;
}

struct walker {
    const char *directory;
    pid_t pid;
    int go;     /* the walk starts when this is closed */
    int status; /* of wait(2) */
    pthread_t thread;
};

static void *wait_for_walk(void *context)
{
    struct walker *walker = context;

    if (waitpid(walker->pid, &walker->status, 0) < 0 ||
        umount2(walker->directory, MNT_DETACH) < 0)
        abort(); /* else serving would not end */
    return NULL;
}

static void start_walk(void *context)
{
    struct walker *walker = context;

    if (pthread_create(&walker->thread, NULL, wait_for_walk, walker) != 0)
        abort();
    (void)close(walker->go); /* is ours */
}

/* Before there is a thread. The device must not be open in there: its end would
   be no end for the kernel. */
static int fork_walk(struct walker *walker, int fuse_fd)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    walker->go = ends[1];
    walker->pid = fork();
    if (walker->pid == 0) {
        (void)close(ends[1]);
        (void)close(fuse_fd);
        run_walk(walker->directory, ends[0]);
    }
    (void)close(ends[0]); /* the walk's */
    return walker->pid < 0 ? -1 : 0;
}

int own_mount_walk(struct squashfs_image *image, const char *directory,
                   struct ch_error *err)
{
    struct walker walker = {.directory = directory, .status = -1};
    CLEANUP_CLOSE int fuse_fd = -1;
    int status;

    if (enter_namespaces() < 0 || (fuse_fd = mount_image(directory)) < 0 ||
        fork_walk(&walker, fuse_fd) < 0)
        return ch_error_set(err, errno, "cannot mount the image");
    status = session_run(image, fuse_fd, start_walk, &walker, err);
    (void)pthread_join(walker.thread, NULL); /* is ours */
    if (status < 0)
        return -1;
    if (!WIFEXITED(walker.status))
        return ch_error_set(err, 0, "the walk was killed");
    return WEXITSTATUS(walker.status);
}
