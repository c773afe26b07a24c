#include "config.h"

#include "run/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/compat.h"

int descriptors_reserve_standard(struct ch_error *err)
{
    int fd;

    for (int standard = 0; standard <= STDERR_FILENO; standard++) {
        if (fcntl(standard, F_GETFD) >= 0)
            continue;
        fd = open("/dev/null", O_RDWR | O_CLOEXEC); /* gets the lowest free */
        if (fd < 0)
            return ch_error_set(err, errno, "cannot open \"/dev/null\"");
    }
    return 0;
}

static int replace_standard(bool keep_stderr, struct ch_error *err)
{
    CLEANUP_CLOSE int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int last = keep_stderr ? STDOUT_FILENO : STDERR_FILENO;

    for (int standard = 0; null_fd >= 0 && standard <= last; standard++)
        if (dup2(null_fd, standard) < 0)
            return ch_error_set(err, errno,
                                "cannot let go of standard input "
                                "and output");
    if (null_fd < 0)
        return ch_error_set(err, errno, "cannot open \"/dev/null\"");
    return 0;
}

static bool is_kept(int fd, const int *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kept[i] == fd)
            return true;
    return fd <= STDERR_FILENO;
}

/* Kernels without close_range(2): what /proc lists. */
static int close_listed(const int *kept, size_t count, struct ch_error *err)
{
    CLEANUP_CLOSEDIR DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;

    if (!dir)
        return ch_error_set(err, errno, "cannot read \"/proc/self/fd\"");
    while ((entry = readdir(dir))) {
        int fd = (int)strtol(entry->d_name, NULL, 10); /* "." and "..": 0 */

        if (fd != dirfd(dir) && !is_kept(fd, kept, count))
            (void)close(fd); /* not ours: nothing to learn from an error */
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* The gaps between the kept ones, in order. */
static int close_gaps(const int *kept, size_t count)
{
    int sorted[8]; /* callers keep three at most */
    unsigned first = STDERR_FILENO + 1;

    if (count > sizeof(sorted) / sizeof(sorted[0])) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = kept[i];
    qsort(sorted, count, sizeof(sorted[0]), compare);
    for (size_t i = 0; i < count; i++) {
        unsigned next = sorted[i];

        if (next < first)
            continue;
        if (next > first && syscall(SYS_close_range, first, next - 1, 0) < 0)
            return -1;
        first = next + 1;
    }
    return (int)syscall(SYS_close_range, first, ~0U, 0);
}

int descriptors_close_except(const int *kept, size_t count, bool keep_stderr,
                             struct ch_error *err)
{
    if (replace_standard(keep_stderr, err) < 0)
        return -1;
    if (close_gaps(kept, count) == 0)
        return 0;
    return close_listed(kept, count, err);
}
