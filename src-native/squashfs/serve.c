/* Mounting for ch-mount: the engine is chosen as by ch-run, and lies in the
   directory of the shared object that this code is part of. */

#include "config.h"

#include "squashfs/serve.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/image.h"
#include "squashfs/engine_load.h"
#include "squashfs/fuse_mount.h"

static char *path_beside_us(const char *file, struct ch_error *err)
{
    Dl_info ourselves;
    const char *end;
    char *path;

    if (!dladdr((const void *)(uintptr_t)squashfs_mount_and_serve,
                &ourselves) ||
        !(end = strrchr(ourselves.dli_fname, '/')) ||
        asprintf(&path, "%.*s/%s", (int)(end - ourselves.dli_fname),
                 ourselves.dli_fname, file) < 0) {
        ch_error_set(err, 0, "cannot find \"%s\"", file);
        return NULL;
    }
    return path;
}

static const struct squashfs_engine *load_engine(unsigned compressor,
                                                 struct ch_error *err)
{
    char name[ENGINE_NAME_SIZE];
    CLEANUP_FREE char *builtin = NULL;
    CLEANUP_FREE char *squashfuse = NULL;

    engine_name_builtin(compressor, name);
    builtin = path_beside_us(name, err);
    squashfuse =
        builtin ? path_beside_us(SQUASHFS_ENGINE_SQUASHFUSE, err) : NULL;
    if (!squashfuse)
        return NULL;
    return engine_load_file(access(builtin, F_OK) == 0 ? builtin : squashfuse,
                            err);
}

struct waiter {
    int fd; /* -1 once it has been told */
};

/* If whoever wanted it mounted is gone, it is unmounted by somebody else. */
static void tell_ready(void *context)
{
    struct waiter *waiter = context;

    (void)!write(waiter->fd, "", 1);
    (void)close(take_fd(&waiter->fd)); /* whoever waits has what it needs */
}

static int mount_and_serve(const struct squashfs_engine *engine,
                           struct squashfs_image *image, const char *mountpoint,
                           int ready_fd, struct ch_error *err)
{
    struct waiter waiter = {ready_fd};
    CLEANUP_CLOSE int fuse_fd = fuse_mount_make(mountpoint, err);

    if (fuse_fd < 0)
        return -1;
    if (engine->serve(image, fuse_fd, tell_ready, &waiter, err) == 0)
        return 0;
    fuse_mount_remove(mountpoint);
    return -1;
}

int squashfs_mount_and_serve(const char *path, uint64_t offset,
                             const char *mountpoint, int ready_fd,
                             struct ch_error *err)
{
    const struct squashfs_settings settings = {.uid = geteuid(),
                                               .gid = getegid()};
    CLEANUP_CLOSE int image_fd = -1;
    const struct squashfs_engine *engine;
    struct squashfs_place place;
    struct squashfs_super super;
    struct squashfs_image *image;
    int status;

    if (image_open_squashfs(path, &offset, &place, err) < 0)
        return -1;
    image_fd = place.fd;
    if (squashfs_check(&place, &super, err) < 0)
        return -1;
    engine = load_engine(super.compressor, err);
    image = engine ? engine->open(&place, &settings, err) : NULL;
    if (!image)
        return -1;
    status = mount_and_serve(engine, image, mountpoint, ready_fd, err);
    engine->close(image);
    return status;
}
