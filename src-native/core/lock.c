#include "config.h"

#include "core/lock.h"

#include <errno.h>
#include <sys/file.h>

int lock_try(int fd, bool shared, bool *taken, struct ch_error *err)
{
    if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) {
        *taken = true;
        return 0;
    }
    if (errno != EWOULDBLOCK && errno != EINTR)
        return ch_error_set(err, errno, "cannot lock a file");
    *taken = false;
    return 0;
}
