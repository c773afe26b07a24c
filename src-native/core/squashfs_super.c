#include "config.h"

#include "squashfs_super.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "little_endian.h"

#define SUPER_SIZE     96
#define BLOCK_SIZE_MIN 4096
#define BLOCK_SIZE_MAX 1048576
#define METADATA_SIZE  8192 /* of a metadata block, unpacked */
#define NO_TABLE       UINT64_MAX

static const char *const COMPRESSORS[] = {
    [1] = "gzip", [2] = "lzma", [3] = "lzo",
    [4] = "xz",   [5] = "lz4",  [6] = "zstd",
};

const char *squashfs_compressor_name(unsigned compressor)
{
    if (compressor >= sizeof(COMPRESSORS) / sizeof(COMPRESSORS[0]))
        return NULL;
    return COMPRESSORS[compressor];
}

static void decode(struct squashfs_super *super, const unsigned char *p)
{
    *super = (struct squashfs_super){
        .inode_count = le32(p + 4),
        .mkfs_time = le32(p + 8),
        .block_size = le32(p + 12),
        .fragment_count = le32(p + 16),
        .compressor = le16(p + 20),
        .block_log = le16(p + 22),
        .flags = le16(p + 24),
        .id_count = le16(p + 26),
        .version_major = le16(p + 28),
        .version_minor = le16(p + 30),
        .root_inode = le64(p + 32),
        .bytes_used = le64(p + 40),
        .id_table = le64(p + 48),
        .xattr_table = le64(p + 56),
        .inode_table = le64(p + 64),
        .directory_table = le64(p + 72),
        .fragment_table = le64(p + 80),
        .export_table = le64(p + 88),
    };
}

static int corrupt(struct ch_error *err, const char *what, uint64_t value)
{
    ch_error_set(err, 0, "corrupt SquashFS image: bad %s 0x%" PRIx64, what,
                 value);
    return ch_error_hint(err, "make or copy the image again");
}

static int check_version(const struct squashfs_super *super,
                         struct ch_error *err)
{
    if (super->version_major == 4 && super->version_minor == 0)
        return 0;
    ch_error_set(err, 0, "SquashFS version %u.%u is not supported, only 4.0",
                 super->version_major, super->version_minor);
    return ch_error_hint(err, "make the image again with a current mksquashfs");
}

static int check_format(const struct squashfs_super *super,
                        struct ch_error *err)
{
    uint32_t size = super->block_size;

    if (size < BLOCK_SIZE_MIN || size > BLOCK_SIZE_MAX || (size & (size - 1)))
        return corrupt(err, "block size", size);
    if (super->block_log > 20 || size != 1U << super->block_log)
        return corrupt(err, "block log", super->block_log);
    if (!squashfs_compressor_name(super->compressor))
        return corrupt(err, "compressor", super->compressor);
    if (super->inode_count == 0)
        return corrupt(err, "number of inodes", 0);
    if (super->id_count == 0)
        return corrupt(err, "number of ids", 0);
    return 0;
}

static int check_length(const struct squashfs_super *super, uint64_t size,
                        struct ch_error *err)
{
    if (super->bytes_used < SUPER_SIZE)
        return corrupt(err, "length", super->bytes_used);
    if (super->bytes_used <= size)
        return 0;
    ch_error_set(err, 0,
                 "truncated SquashFS image: %" PRIu64 " of %" PRIu64 " bytes",
                 size, super->bytes_used);
    return ch_error_hint(err, "the copy was cut short: copy the image again");
}

/* Tables lie behind the superblock and, but for the xattr table, in a fixed
   order; that a table may be missing is for the caller to know. */
static bool is_inside(const struct squashfs_super *super, uint64_t offset)
{
    return offset >= SUPER_SIZE && offset < super->bytes_used;
}

static bool is_inside_or_absent(const struct squashfs_super *super,
                                uint64_t offset)
{
    return offset == NO_TABLE || is_inside(super, offset);
}

static int check_tables(const struct squashfs_super *super,
                        struct ch_error *err)
{
    if (!is_inside(super, super->inode_table))
        return corrupt(err, "inode table", super->inode_table);
    if (!is_inside(super, super->directory_table) ||
        super->directory_table <= super->inode_table)
        return corrupt(err, "directory table", super->directory_table);
    if (!is_inside(super, super->id_table) ||
        super->id_table < super->directory_table)
        return corrupt(err, "id table", super->id_table);
    if (super->fragment_count && !is_inside(super, super->fragment_table))
        return corrupt(err, "fragment table", super->fragment_table);
    if (!is_inside_or_absent(super, super->xattr_table))
        return corrupt(err, "xattr table", super->xattr_table);
    if (!is_inside_or_absent(super, super->export_table))
        return corrupt(err, "export table", super->export_table);
    return 0;
}

static int check_root(const struct squashfs_super *super, struct ch_error *err)
{
    uint64_t block = super->root_inode >> 16;
    uint64_t offset = super->root_inode & 0xffff;

    if (offset >= METADATA_SIZE ||
        block >= super->directory_table - super->inode_table)
        return corrupt(err, "root inode", super->root_inode);
    return 0;
}

/* Returns the number of bytes that were there, or -1 with errno set. */
static ssize_t read_super(const struct squashfs_place *place,
                          unsigned char *bytes, uint64_t *rest)
{
    struct stat st;

    if (fstat(place->fd, &st) < 0)
        return -1;
    *rest = 0;
    if ((uint64_t)st.st_size <= place->offset)
        return 0;
    *rest = (uint64_t)st.st_size - place->offset;
    return pread(place->fd, bytes, SUPER_SIZE, (off_t)place->offset);
}

int squashfs_check(const struct squashfs_place *place,
                   struct squashfs_super *super, struct ch_error *err)
{
    unsigned char bytes[SUPER_SIZE];
    struct squashfs_super found;
    uint64_t rest;
    ssize_t length = read_super(place, bytes, &rest);

    if (length < 0)
        return ch_error_set(err, errno, "cannot read superblock");
    if (length < 4 || le32(bytes) != SQUASHFS_MAGIC)
        return ch_error_set(err, 0, "not a SquashFS image");
    if (length < SUPER_SIZE) {
        ch_error_set(err, 0,
                     "truncated SquashFS image: %zd bytes hold no superblock",
                     length);
        return ch_error_hint(err,
                             "the copy was cut short: copy the image again");
    }
    decode(&found, bytes);
    if (check_version(&found, err) < 0 || check_format(&found, err) < 0 ||
        check_length(&found, rest, err) < 0 || check_tables(&found, err) < 0 ||
        check_root(&found, err) < 0)
        return -1;
    *super = found;
    return 0;
}
