#include "config.h"

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "sif.h"

#define TAR_BLOCK           512
#define TAR_CHECKSUM        148 /* offset; 8 bytes of octal */
#define TAR_CHECKSUM_LENGTH 8
#define TAR_MAGIC           257

struct signature {
    size_t offset;
    const char *bytes;
    size_t length;
    enum image_type type;
};

#define SIGNATURE(offset, bytes, type)                                         \
    {                                                                          \
        offset, bytes, sizeof(bytes) - 1, type                                 \
    }

static const struct signature SIGNATURES[] = {
    SIGNATURE(0, "hsqs", IMAGE_SQUASHFS),
    SIGNATURE(SIF_MAGIC_OFFSET, SIF_MAGIC, IMAGE_SIF),
    SIGNATURE(0, "\x1f\x8b", IMAGE_ARCHIVE),         /* gzip */
    SIGNATURE(0, "\xfd\x37zXZ\0", IMAGE_ARCHIVE),    /* xz */
    SIGNATURE(0, "BZh", IMAGE_ARCHIVE),              /* bzip2 */
    SIGNATURE(0, "\x28\xb5\x2f\xfd", IMAGE_ARCHIVE), /* zstd */
    SIGNATURE(TAR_MAGIC, "ustar", IMAGE_ARCHIVE),
};

/* Archives from before POSIX have no magic number, but every tar header holds
   the sum of its bytes, counted with the sum itself as blanks. */
static bool is_tar_header(const unsigned char *head)
{
    char octal[TAR_CHECKSUM_LENGTH + 1] = "";
    unsigned long sum = 0;
    char *end;
    int i;

    for (i = 0; i < TAR_BLOCK; i++)
        if (i < TAR_CHECKSUM || i >= TAR_CHECKSUM + TAR_CHECKSUM_LENGTH)
            sum += head[i];
    sum += TAR_CHECKSUM_LENGTH * ' ';
    memcpy(octal, head + TAR_CHECKSUM, TAR_CHECKSUM_LENGTH);
    return strtoul(octal, &end, 8) == sum && end != octal;
}

static enum image_type recognise(const unsigned char *head, size_t length)
{
    size_t i;

    for (i = 0; i < sizeof(SIGNATURES) / sizeof(SIGNATURES[0]); i++) {
        const struct signature *sig = &SIGNATURES[i];

        if (sig->offset + sig->length <= length &&
            !memcmp(head + sig->offset, sig->bytes, sig->length))
            return sig->type;
    }
    if (length == TAR_BLOCK && is_tar_header(head))
        return IMAGE_ARCHIVE;
    return IMAGE_UNKNOWN;
}

/* Returns 0, or -1 with errno set. */
static int probe(int fd, enum image_type *type)
{
    unsigned char head[TAR_BLOCK];
    struct stat st;
    ssize_t length;

    if (fstat(fd, &st) < 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        *type = S_ISDIR(st.st_mode) ? IMAGE_DIRECTORY : IMAGE_UNKNOWN;
        return 0;
    }
    length = pread(fd, head, sizeof(head), 0);
    if (length < 0)
        return -1;
    *type = recognise(head, (size_t)length);
    return 0;
}

int image_probe_fd(int fd, enum image_type *type, struct ch_error *err)
{
    if (probe(fd, type) < 0)
        return ch_error_set(err, errno, "cannot examine image");
    return 0;
}

int image_probe_path(const char *path, enum image_type *type,
                     struct ch_error *err)
{
    /* O_NONBLOCK: a FIFO without a writer would keep us here for ever. */
    CLEANUP_CLOSE int fd =
        open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    /* To be an image, a directory need not be readable, only searchable. */
    if (fd < 0 && errno == EACCES && !stat(path, &st) && S_ISDIR(st.st_mode)) {
        *type = IMAGE_DIRECTORY;
        return 0;
    }
    if (fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", path);
    if (probe(fd, type) < 0)
        return ch_error_set(err, errno, "cannot examine \"%s\"", path);
    return 0;
}

int image_find_squashfs(int fd, const uint64_t *offset,
                        struct squashfs_place *place, struct ch_error *err)
{
    struct sif_partition root = {0};
    enum image_type type;

    if (offset) {
        *place = (struct squashfs_place){fd, *offset};
        return 0;
    }
    if (image_probe_fd(fd, &type, err) < 0 ||
        (type == IMAGE_SIF && sif_find_root(fd, &root, err) < 0))
        return -1;
    *place = (struct squashfs_place){fd, root.offset};
    return 0;
}

int image_open_squashfs(const char *path, const uint64_t *offset,
                        struct squashfs_place *place, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", path);
    if (image_find_squashfs(fd, offset, place, err) < 0)
        return ch_error_wrap(err, "cannot read \"%s\"", path);
    (void)take_fd(&fd); /* it is in *place */
    return 0;
}

int image_check_squashfs(const char *path, const uint64_t *offset,
                         struct squashfs_place *place,
                         struct squashfs_super *super, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    if (image_open_squashfs(path, offset, place, err) < 0)
        return -1;
    fd = place->fd;
    if (squashfs_check(place, super, err) < 0)
        return ch_error_wrap(err, "cannot read \"%s\"", path);
    return 0;
}
