#include "config.h"

#include "core/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int exchange_paths(const char *one, const char *other, bool *done,
                   struct ch_error *err)
{
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0) {
        *done = true;
        return 0;
    }
    /* NFS and Lustre say the first, filters of system calls the second. */
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return ch_error_set(err, errno, "cannot exchange \"%s\" and \"%s\"",
                            one, other);
    *done = false;
    return 0;
}
