/* A build without SquashFS support: images are unpacked instead. */

#include "config.h"

#include "run/squash.h"

bool squash_is_available(const char **reason)
{
    if (reason)
        *reason = "this ch-run was built without SquashFS support";
    return false;
}

static int refuse(struct ch_error *err)
{
    return ch_error_set(err, 0,
                        "cannot mount a SquashFS image: this ch-run "
                        "was built without SquashFS support");
}

int squash_start(const struct plan *plan, bool leads, struct squash *squash,
                 struct ch_error *err)
{
    (void)plan;
    (void)leads;
    (void)squash;
    return refuse(err);
}

int squash_serve(const struct plan *plan, struct squash *squash)
{
    (void)plan;
    (void)squash;
    return EXIT_SQUASH;
}

int squash_mount(const struct plan *plan, struct squash *squash,
                 const char *mount_point, struct ch_error *err)
{
    (void)plan;
    (void)squash;
    (void)mount_point;
    return refuse(err);
}

bool squash_is_shared(const struct squash *squash)
{
    (void)squash;
    return false;
}

void squash_settle(const struct plan *plan, struct squash *squash, int fd)
{
    (void)plan;
    (void)squash;
    (void)fd;
}
