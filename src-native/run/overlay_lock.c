#include "config.h"

#include "run/overlay_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"

#define LOCK "lock"

/* Two numbers, a host name and blanks. */
#define SIGNATURE_SIZE 128

/* More than /proc tells of one inotify instance with one watch. */
#define FDINFO_SIZE 4096

/* Between two looks at a lock that somebody is about to sign or to let go of,
   and how many: 10 s and more, for a machine that has other things to do. */
#define NAP_NS   500000
#define ATTEMPTS 20000

struct signature {
    long launch, holder;
    char host[65]; /* as in struct utsname */
};

static bool read_signature(int lock_fd, struct signature *signature)
{
    char text[SIGNATURE_SIZE];
    ssize_t length = pread(lock_fd, text, sizeof(text) - 1, 0);

    if (length <= 0)
        return false;
    text[length] = '\0';
    return sscanf(text, "%ld %ld %64s", &signature->launch, &signature->holder,
                  signature->host) == 3;
}

static bool is_this_host(const struct signature *signature)
{
    struct utsname host;

    return uname(&host) == 0 && !strcmp(host.nodename, signature->host);
}

static bool is_alive(long pid)
{
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/* What /proc tells of the holder's inotify instance: heap, or NULL with errno
   set. */
static char *read_watch(long holder)
{
    char path[64]; /* a number and short words */

    snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", holder,
             OVERLAY_WATCH_FD);
    return file_read_path(path, FDINFO_SIZE);
}

/* Whether the overlay is gone and the holder is about to let go of the lock:
   the event is there, but the process has to run to read it. A run that follows
   another must not be refused for that. */
static bool is_ending(const struct signature *signature)
{
    CLEANUP_FREE char *watch = NULL;

    if (!is_this_host(signature) || signature->holder <= 0)
        return false;
    watch = read_watch(signature->holder);
    if (watch) /* a watch ends with what it is on */
        return !strstr(watch, "inotify wd:");
    /* It has ended, or waits for a launch that never hands over; or it waits
       for one that will. */
    return errno == ENOENT && !is_alive(signature->launch);
}

static int refuse(int lock_fd, const char *dir, struct ch_error *err)
{
    struct signature signature;

    if (!read_signature(lock_fd, &signature))
        ch_error_set(
            err, 0, "cannot write to overlay \"%s\": another launch does", dir);
    else if (is_this_host(&signature) && !is_alive(signature.launch))
        ch_error_set(err, 0,
                     "cannot write to overlay \"%s\": processes that pid %ld "
                     "on host \"%s\" has left behind do",
                     dir, signature.launch, signature.host);
    else
        ch_error_set(err, 0,
                     "cannot write to overlay \"%s\": pid %ld on host \"%s\" "
                     "does",
                     dir, signature.launch, signature.host);
    return ch_error_hint(err,
                         "wait for its end, read beside it with "
                         "\"--overlay=%s:ro\", or give each writer a "
                         "directory of its own",
                         dir);
}

/* Whether the lock will be free, or signed, in a moment. */
static bool is_in_transit(int lock_fd)
{
    struct signature signature;

    return !read_signature(lock_fd, &signature) || is_ending(&signature);
}

static int try_lock(int fd)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};

    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
        if (errno != EWOULDBLOCK)
            return -1;
        if (i == ATTEMPTS || !is_in_transit(fd)) {
            errno = EWOULDBLOCK;
            return -1;
        }
        (void)nanosleep(&nap, NULL); /* too short is as good */
    }
    return 0;
}

int overlay_lock_take(int dir_fd, const char *dir, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        openat(dir_fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s/" LOCK "\"", dir);
    if (try_lock(fd) < 0) {
        if (errno == EWOULDBLOCK)
            return refuse(fd, dir, err);
        return ch_error_set(err, errno, "cannot lock \"%s/" LOCK "\"", dir);
    }
    (void)!ftruncate(fd, 0); /* what is written next is longer or as good */
    return take_fd(&fd);
}

int overlay_lock_sign(int lock_fd, pid_t launch, pid_t holder,
                      struct ch_error *err)
{
    char text[SIGNATURE_SIZE];
    struct utsname host;
    int length;

    if (uname(&host) < 0)
        return ch_error_set(err, errno, "cannot find out the host's name");
    length = snprintf(text, sizeof(text), "%ld %ld %.64s\n", (long)launch,
                      (long)holder, host.nodename);
    if (pwrite(lock_fd, text, (size_t)length, 0) != length)
        return ch_error_set(err, errno, "cannot write to \"" LOCK "\"");
    return 0;
}
