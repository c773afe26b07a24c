/* The unpacked tree is named by the image's identity: device, inode, size and
   mtime, and where in its file it begins. An image that has been changed or
   replaced is another one. Trees are unpacked beside their final place and
   renamed, under a lock for each image, so that any number of ranks may start
   at once and whoever is killed leaves only a temporary tree, which the next
   one under that lock removes. */

#include "config.h"

#include "run/fallback.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/tree_delete.h"
#include "run/storage.h"
#include "run/unsquashfs.h"

/* The tree is in a folder of ours, because its own root may be read-only, and
   the kernel then refuses to move it. */
#define ROOT "root"

#define KEY_SIZE 112 /* six 64-bit numbers in hexadecimal and their dashes */

static int make_key(const struct plan *plan, char key[KEY_SIZE],
                    struct ch_error *err)
{
    struct stat st;
    int length;

    if (fstat(plan->image_fd, &st) < 0)
        return ch_error_set(err, errno, "cannot examine image \"%s\"",
                            plan->image_path);
    length =
        snprintf(key, KEY_SIZE, "%jx-%jx-%jx-%jx-%lx", (uintmax_t)st.st_dev,
                 (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
                 (uintmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    if (plan->image_offset)
        snprintf(key + length, KEY_SIZE - (size_t)length, "-%jx",
                 (uintmax_t)plan->image_offset);
    return 0;
}

static bool exists_below(int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Take the lock of this image; waits for whoever unpacks it now. */
static int lock_image(int storage_fd, const char *key, struct ch_error *err)
{
    CLEANUP_FREE char *name = NULL;
    CLEANUP_CLOSE int fd = -1;

    if (asprintf(&name, "locks/%s", key) < 0) {
        name = NULL;
        return ch_error_set(err, ENOMEM, "cannot lock the image's copy");
    }
    fd = openat(storage_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                0600);
    if (fd < 0 || flock(fd, LOCK_EX) < 0)
        return ch_error_set(err, errno, "cannot lock \"%s\" in storage", name);
    return take_fd(&fd);
}

/* Remove what a killed predecessor left. We hold the lock: nobody uses it. */
static int sweep(int temporary_fd, const char *key, struct ch_error *err)
{
    if (!exists_below(temporary_fd, key))
        return 0;
    return tree_delete(temporary_fd, key, err);
}

/* Unpack into tmp/KEY/root. */
static int unpack(const struct plan *plan, const char *key, int lock_fd,
                  int temporary_fd, struct ch_error *err)
{
    struct ch_error ignored = CH_ERROR_INIT;
    CLEANUP_CLOSE int folder_fd = storage_open(temporary_fd, key, err);
    const struct unsquashfs job = {.image_fd = plan->image_fd,
                                   .offset = plan->image_offset,
                                   .dir_fd = folder_fd,
                                   .name = ROOT,
                                   .lock_fd = lock_fd};

    if (folder_fd < 0)
        return -1;
    if (unsquashfs_run(&job, err) < 0) {
        if (tree_delete(temporary_fd, key, &ignored) < 0)
            ch_error_clear(&ignored); /* the first error is the one to tell,
                                         and the next run sweeps */
        return ch_error_wrap(err, "cannot unpack image \"%s\"",
                             plan->image_path);
    }
    return 0;
}

static int unpack_and_rename(const struct plan *plan, const char *key,
                             int lock_fd, int storage_fd, int unpacked_fd,
                             struct ch_error *err)
{
    CLEANUP_CLOSE int temporary_fd = storage_open(storage_fd, "tmp", err);

    if (temporary_fd < 0 || sweep(temporary_fd, key, err) < 0 ||
        unpack(plan, key, lock_fd, temporary_fd, err) < 0)
        return -1;
    if (renameat(temporary_fd, key, unpacked_fd, key) < 0)
        return ch_error_set(err, errno,
                            "cannot put the unpacked image \"%s\" "
                            "in its place",
                            plan->image_path);
    return 0;
}

static int unpack_once(const struct plan *plan, const char *reason,
                       const char *key, int storage_fd, int unpacked_fd,
                       struct ch_error *err)
{
    CLEANUP_CLOSE int lock_fd = -1;

    if (exists_below(unpacked_fd, key))
        return 0;
    lock_fd = lock_image(storage_fd, key, err);
    if (lock_fd < 0)
        return -1;
    if (exists_below(unpacked_fd, key))
        return 0; /* somebody else did while we waited */
    log_line(&plan->log, LOG_LEVEL_WARNING, __FILE__, __LINE__,
             "%s: unpacking \"%s\" once into \"%s/unpacked/%s\"", reason,
             plan->image_path, plan->storage, key);
    return unpack_and_rename(plan, key, lock_fd, storage_fd, unpacked_fd, err);
}

/* The plan runs the directory from now on. */
static int use_directory(struct plan *plan, const char *key,
                         struct ch_error *err)
{
    char *directory;

    if (asprintf(&directory, "%s/unpacked/%s/" ROOT, plan->storage, key) < 0)
        return ch_error_set(err, ENOMEM, "cannot use the unpacked image");
    free(plan->image);
    plan->image = directory;
    plan->image_type = IMAGE_DIRECTORY;
    plan->mount_point = NULL;
    cleanup_close(&plan->image_fd);
    plan->image_fd = -1;
    log_info(&plan->log, "using the unpacked image \"%s\"", directory);
    return 0;
}

/* unsquashfs tells it in words. */
static int hint_space(struct ch_error *err)
{
    static const int FULL[] = {ENOSPC, EDQUOT};

    for (size_t i = 0; i < sizeof(FULL) / sizeof(FULL[0]); i++)
        if (!err->hint && strstr(ch_error_text(err), strerror(FULL[i])))
            ch_error_hint(err, "you can fix it: make room for storage, or have "
                               "it elsewhere by --storage or "
                               "$CH_IMAGE_STORAGE");
    return -1;
}

int fallback_unpack(struct plan *plan, const char *reason, struct ch_error *err)
{
    CLEANUP_CLOSE int storage_fd = -1;
    CLEANUP_CLOSE int unpacked_fd = -1;
    CLEANUP_CLOSE int locks_fd = -1;
    char key[KEY_SIZE];

    if (make_key(plan, key, err) < 0)
        return -1;
    storage_fd = storage_open_root(plan, err);
    if (storage_fd < 0)
        return hint_space(err);
    unpacked_fd = storage_open(storage_fd, "unpacked", err);
    locks_fd = unpacked_fd < 0 ? -1 : storage_open(storage_fd, "locks", err);
    if (locks_fd < 0 ||
        unpack_once(plan, reason, key, storage_fd, unpacked_fd, err) < 0)
        return hint_space(err);
    return use_directory(plan, key, err);
}
