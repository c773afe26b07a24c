#include "config.h"

#include "squashfs/image_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_exactly(const struct squashfs_place *place, void *buffer,
                        size_t length, uint64_t position)
{
    unsigned char *p = buffer;
    ssize_t got;

    while (length) {
        got = pread(place->fd, p, length, (off_t)(place->offset + position));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = EIO;
            return -1;
        }
        p += got;
        length -= (size_t)got;
        position += (size_t)got;
    }
    return 0;
}

static int read_change(int fd, int64_t *changed)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -1;
    *changed = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return 0;
}

int image_file_open(struct image_file *file, const struct squashfs_place *place,
                    struct ch_error *err)
{
    int64_t changed;

    file->place = *place;
    if (read_change(place->fd, &changed) < 0 ||
        read_exactly(place, file->head, sizeof(file->head), 0) < 0)
        return ch_error_set(err, errno, "cannot read the image");
    atomic_store(&file->changed, changed);
    return 0;
}

/* Two threads may find the same new time at once: both then store it. */
static int check_unchanged(struct image_file *file)
{
    unsigned char head[IMAGE_FILE_HEAD];
    int64_t changed;

    if (read_change(file->place.fd, &changed) < 0)
        return -1;
    if (changed == atomic_load_explicit(&file->changed, memory_order_relaxed))
        return 0;
    if (read_exactly(&file->place, head, sizeof(head), 0) < 0)
        return -1;
    if (memcmp(head, file->head, sizeof(head)) != 0) {
        errno = EIO;
        return -1;
    }
    atomic_store(&file->changed, changed);
    return 0;
}

int image_file_read(struct image_file *file, void *buffer, size_t length,
                    uint64_t position)
{
    if (read_exactly(&file->place, buffer, length, position) < 0)
        return -1;
    return check_unchanged(file);
}
