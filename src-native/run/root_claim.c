#include "config.h"

#include "run/root_claim.h"

#include <errno.h>
#include <fcntl.h>

#include "core/cleanup.h"
#include "run/bind.h"
#include "run/cdi_enter.h"
#include "run/overlay.h"
#include "run/overlay_claim.h"

int root_claim(const struct plan *plan, const int *fds, size_t count,
               int dir_fd, struct ch_error *err)
{
    CLEANUP_CLOSE int upper_fd =
        openat(dir_fd, OVERLAY_UPPER, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (upper_fd < 0)
        return ch_error_set(err, errno, "cannot open the overlay's directory");
    for (size_t i = 0; i < count; i++)
        if (bind_claim(fds[i], upper_fd, plan->binds, plan->bind_count, err) <
                0 ||
            cdi_claim(plan, fds[i], upper_fd, err) < 0 ||
            (plan->home && overlay_claim(fds[i], upper_fd, "/home", err) < 0))
            return -1;
    return 0;
}
