/* A SIF file begins with a header of 128 bytes: a line that starts Singularity,
   the magic number, and where the table of descriptors is. Each of these
   describes a data object: its type, its place, and, for a partition, what file
   system it holds and what for. All is little-endian and unaligned, and has
   been the same since version 1 of the format. */

#include "config.h"

#include "sif.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "little_endian.h"

/* Of the header: offsets of its fields, and its size. */
#define HEADER_COUNT 88 /* descriptors, used or not */
#define HEADER_TABLE 96
#define HEADER_SIZE  128

/* Of a descriptor. */
#define DESCRIPTOR_TYPE      0
#define DESCRIPTOR_USED      4
#define DESCRIPTOR_OFFSET    17
#define DESCRIPTOR_LENGTH    25
#define DESCRIPTOR_FS        201
#define DESCRIPTOR_PARTITION 205
#define DESCRIPTOR_SIZE      585

#define TYPE_PARTITION 0x4004
#define TYPE_OCI_INDEX 0x400a

#define PARTITION_PRIMARY 2

#define FS_SQUASHFS 1

/* What a partition may be besides. */
static const char *const FILE_SYSTEMS[] = {
    [2] = "ext3",
    [3] = "an archive",
    [4] = "raw data",
    [5] = "encrypted",
};

struct table {
    int fd;
    uint64_t offset;
    uint64_t count;
    uint64_t file_size;
};

/* pread(2) of exactly `length` bytes. */
static int read_at(int fd, void *buffer, size_t length, uint64_t offset,
                   struct ch_error *err)
{
    ssize_t count = pread(fd, buffer, length, (off_t)offset);

    if (count < 0)
        return ch_error_set(err, errno, "cannot read SIF image");
    if ((size_t)count < length)
        return ch_error_set(err, 0, "truncated SIF image");
    return 0;
}

static int read_table(int fd, struct table *table, struct ch_error *err)
{
    unsigned char header[HEADER_SIZE];
    struct stat st;

    if (fstat(fd, &st) < 0)
        return ch_error_set(err, errno, "cannot read status");
    if (read_at(fd, header, sizeof(header), 0, err) < 0)
        return -1;
    if (memcmp(header + SIF_MAGIC_OFFSET, SIF_MAGIC, sizeof(SIF_MAGIC)) != 0)
        return ch_error_set(err, 0, "not a SIF image");
    *table = (struct table){.fd = fd,
                            .offset = le64(header + HEADER_TABLE),
                            .count = le64(header + HEADER_COUNT),
                            .file_size = (uint64_t)st.st_size};
    if (table->offset > table->file_size ||
        table->count > (table->file_size - table->offset) / DESCRIPTOR_SIZE)
        return ch_error_set(err, 0,
                            "corrupt SIF image: bad table of descriptors");
    return 0;
}

static int refuse_file_system(uint32_t fs, struct ch_error *err)
{
    const size_t known = sizeof(FILE_SYSTEMS) / sizeof(FILE_SYSTEMS[0]);

    ch_error_set(err, 0, "the root file system of the SIF image is %s",
                 fs < known && FILE_SYSTEMS[fs] ? FILE_SYSTEMS[fs]
                                                : "of an unknown kind");
    return ch_error_hint(err, "only SquashFS can be used; Apptainer can unpack "
                              "the image: apptainer build --sandbox DIR IMAGE");
}

static int take_partition(const struct table *table,
                          const unsigned char *descriptor,
                          struct sif_partition *root, struct ch_error *err)
{
    struct sif_partition found = {le64(descriptor + DESCRIPTOR_OFFSET),
                                  le64(descriptor + DESCRIPTOR_LENGTH)};
    uint32_t fs = le32(descriptor + DESCRIPTOR_FS);

    if (fs != FS_SQUASHFS)
        return refuse_file_system(fs, err);
    if (found.offset > table->file_size ||
        found.size > table->file_size - found.offset) {
        ch_error_set(
            err, 0,
            "truncated SIF image: its root file system ends at %" PRIu64
            ", the file at %" PRIu64,
            found.offset + found.size, table->file_size);
        return ch_error_hint(err,
                             "the copy was cut short: copy the image again");
    }
    *root = found;
    return 0;
}

static int refuse_without_root(bool is_oci, struct ch_error *err)
{
    if (!is_oci)
        return ch_error_set(err, 0, "the SIF image has no root file system");
    ch_error_set(err, 0,
                 "the SIF image has no root file system, but the layers of an "
                 "OCI image");
    return ch_error_hint(err, "make it one without --oci");
}

int sif_find_root(int fd, struct sif_partition *root, struct ch_error *err)
{
    unsigned char descriptor[DESCRIPTOR_SIZE];
    struct table table = {.fd = fd};
    bool is_oci = false;

    if (read_table(fd, &table, err) < 0)
        return -1;
    for (uint64_t i = 0; i < table.count; i++) {
        uint32_t type;

        if (read_at(fd, descriptor, sizeof(descriptor),
                    table.offset + i * DESCRIPTOR_SIZE, err) < 0)
            return -1;
        if (!descriptor[DESCRIPTOR_USED])
            continue;
        type = le32(descriptor + DESCRIPTOR_TYPE);
        is_oci = is_oci || type == TYPE_OCI_INDEX;
        if (type == TYPE_PARTITION &&
            le32(descriptor + DESCRIPTOR_PARTITION) == PARTITION_PRIMARY)
            return take_partition(&table, descriptor, root, err);
    }
    return refuse_without_root(is_oci, err);
}
