#include "config.h"

#include "run/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

char *storage_default_path(void)
{
    const char *user = getenv("USER");
    char *path;
    int length;

    if (user && *user && !strchr(user, '/'))
        length = asprintf(&path, "/var/tmp/%s.ch", user);
    else
        length = asprintf(&path, "/var/tmp/%u.ch", geteuid());
    return length < 0 ? NULL : path;
}

static int find_path(struct plan *plan, struct ch_error *err)
{
    if (!plan->storage)
        plan->storage = storage_default_path();
    if (!plan->storage)
        return ch_error_set(err, ENOMEM, "cannot find the storage directory");
    return 0;
}

int storage_open_root(struct plan *plan, struct ch_error *err)
{
    if (find_path(plan, err) < 0)
        return -1;
    if (mkdir(plan->storage, 0700) < 0 && errno != EEXIST)
        return ch_error_set(err, errno, "cannot make storage directory \"%s\"",
                            plan->storage);
    return storage_open_existing(plan, err);
}

/* Open what plan->storage names, whoever it belongs to. */
static int open_any(const struct plan *plan, uid_t *owner, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        open(plan->storage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return ch_error_set(err, errno, "cannot open storage directory \"%s\"",
                            plan->storage);
    *owner = st.st_uid;
    return take_fd(&fd);
}

/* /var/tmp is everybody's: whoever was there first could plant images. */
static int require_own(const struct plan *plan, uid_t owner,
                       struct ch_error *err)
{
    if (owner == geteuid())
        return 0;
    ch_error_set(err, 0,
                 "cannot use storage directory \"%s\": it belongs to uid %u",
                 plan->storage, owner);
    return ch_error_hint(err, "choose another: --storage=DIR or "
                              "$CH_IMAGE_STORAGE");
}

int storage_open_existing(struct plan *plan, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    uid_t owner;

    if (find_path(plan, err) < 0)
        return -1;
    fd = open_any(plan, &owner, err);
    if (fd < 0 || require_own(plan, owner, err) < 0)
        return -1;
    return take_fd(&fd);
}

int storage_open_to_read(struct plan *plan, struct ch_error *err)
{
    uid_t owner;

    /* A place that somebody has named is meant, whoever it belongs to. */
    return plan->storage ? open_any(plan, &owner, err)
                         : storage_open_existing(plan, err);
}

int storage_open(int storage_fd, const char *name, struct ch_error *err)
{
    int fd;

    if (mkdirat(storage_fd, name, 0700) < 0 && errno != EEXIST)
        return ch_error_set(err, errno, "cannot make \"%s\" in storage", name);
    fd = openat(storage_fd, name,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        ch_error_set(err, errno, "cannot open \"%s\" in storage", name);
    return fd;
}
