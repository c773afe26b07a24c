#include "config.h"

#include "core/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

#define FILE_SIZE 4096

/* Offsets in the superblock. */
enum field {
    MAGIC = 0,
    INODES = 4,
    MKFS_TIME = 8,
    BLOCK_SIZE = 12,
    FRAGMENTS = 16,
    COMPRESSOR = 20,
    BLOCK_LOG = 22,
    IDS = 26,
    MAJOR = 28,
    MINOR = 30,
    ROOT_INODE = 32,
    BYTES_USED = 40,
    ID_TABLE = 48,
    XATTR_TABLE = 56,
    INODE_TABLE = 64,
    DIRECTORY_TABLE = 72,
    FRAGMENT_TABLE = 80,
    EXPORT_TABLE = 88,
};

static void put(unsigned char *image, enum field field, int size,
                uint64_t value)
{
    int i;

    for (i = 0; i < size; i++)
        image[(int)field + i] = (unsigned char)(value >> 8 * i);
}

/* A superblock as mksquashfs would write it. */
static void make_super(unsigned char *image)
{
    memset(image, 0, FILE_SIZE);
    put(image, MAGIC, 4, SQUASHFS_MAGIC);
    put(image, INODES, 4, 7);
    put(image, MKFS_TIME, 4, 1000000000);
    put(image, BLOCK_SIZE, 4, 131072);
    put(image, FRAGMENTS, 4, 1);
    put(image, COMPRESSOR, 2, 6);
    put(image, BLOCK_LOG, 2, 17);
    put(image, IDS, 2, 1);
    put(image, MAJOR, 2, 4);
    put(image, MINOR, 2, 0);
    put(image, ROOT_INODE, 8, 0x20);
    put(image, BYTES_USED, 8, 2000);
    put(image, INODE_TABLE, 8, 1000);
    put(image, DIRECTORY_TABLE, 8, 1200);
    put(image, FRAGMENT_TABLE, 8, 1400);
    put(image, EXPORT_TABLE, 8, UINT64_MAX);
    put(image, ID_TABLE, 8, 1900);
    put(image, XATTR_TABLE, 8, UINT64_MAX);
}

static void test_good(void)
{
    struct ch_error err = CH_ERROR_INIT;
    struct squashfs_place place;
    struct squashfs_super super = {0};
    unsigned char image[FILE_SIZE];

    make_super(image);
    make_bytes("image", image, sizeof(image));
    if (!OK(!image_check_squashfs("image", NULL, &place, &super, &err),
            "image_check_squashfs() accepts a whole image"))
        tap_note("%s", ch_error_text(&err));
    OK(super.inode_count == 7 && super.mkfs_time == 1000000000 &&
           super.block_size == 131072 && super.bytes_used == 2000 &&
           super.root_inode == 0x20 && super.export_table == UINT64_MAX,
       "image_check_squashfs() reads the fields");
    IS(squashfs_compressor_name(super.compressor), "zstd",
       "squashfs_compressor_name() knows 6");
    IS(squashfs_compressor_name(0), NULL, "squashfs_compressor_name() and 0");
    IS(squashfs_compressor_name(7), NULL, "squashfs_compressor_name() and 7");
    ch_error_clear(&err);
}

struct damage {
    enum field field;
    int size;
    uint64_t value;
    const char *message; /* behind the name */
};

static const struct damage DAMAGES[] = {
    {MAGIC, 4, 0x68737173, "not a SquashFS image"},
    {MAJOR, 2, 3, "SquashFS version 3.0 is not supported, only 4.0"},
    {MINOR, 2, 1, "SquashFS version 4.1 is not supported, only 4.0"},
    {BLOCK_SIZE, 4, 0, "corrupt SquashFS image: bad block size 0x0"},
    {BLOCK_SIZE, 4, 2048, "corrupt SquashFS image: bad block size 0x800"},
    {BLOCK_SIZE, 4, 131073, "corrupt SquashFS image: bad block size 0x20001"},
    {BLOCK_SIZE, 4, 2097152, "corrupt SquashFS image: bad block size 0x200000"},
    {BLOCK_LOG, 2, 16, "corrupt SquashFS image: bad block log 0x10"},
    {BLOCK_LOG, 2, 65535, "corrupt SquashFS image: bad block log 0xffff"},
    {COMPRESSOR, 2, 0, "corrupt SquashFS image: bad compressor 0x0"},
    {COMPRESSOR, 2, 7, "corrupt SquashFS image: bad compressor 0x7"},
    {INODES, 4, 0, "corrupt SquashFS image: bad number of inodes 0x0"},
    {IDS, 2, 0, "corrupt SquashFS image: bad number of ids 0x0"},
    {BYTES_USED, 8, 95, "corrupt SquashFS image: bad length 0x5f"},
    {BYTES_USED, 8, 4097, "truncated SquashFS image: 4096 of 4097 bytes"},
    {BYTES_USED, 8, UINT64_MAX,
     "truncated SquashFS image: 4096 of 18446744073709551615 bytes"},
    {INODE_TABLE, 8, 2000, "corrupt SquashFS image: bad inode table 0x7d0"},
    {INODE_TABLE, 8, 0, "corrupt SquashFS image: bad inode table 0x0"},
    {DIRECTORY_TABLE, 8, 1000,
     "corrupt SquashFS image: bad directory table 0x3e8"},
    {DIRECTORY_TABLE, 8, UINT64_MAX,
     "corrupt SquashFS image: bad directory table 0xffffffffffffffff"},
    {ID_TABLE, 8, 500, "corrupt SquashFS image: bad id table 0x1f4"},
    {FRAGMENT_TABLE, 8, UINT64_MAX,
     "corrupt SquashFS image: bad fragment table 0xffffffffffffffff"},
    {XATTR_TABLE, 8, 5000, "corrupt SquashFS image: bad xattr table 0x1388"},
    {EXPORT_TABLE, 8, 5000, "corrupt SquashFS image: bad export table 0x1388"},
    {ROOT_INODE, 8, 8192, "corrupt SquashFS image: bad root inode 0x2000"},
    {ROOT_INODE, 8, 200 << 16,
     "corrupt SquashFS image: bad root inode 0xc80000"},
};

static void test_damage(const struct damage *damage)
{
    struct ch_error err = CH_ERROR_INIT;
    struct squashfs_place place;
    struct squashfs_super super;
    unsigned char image[FILE_SIZE];
    const char *text;

    make_super(image);
    put(image, damage->field, damage->size, damage->value);
    make_bytes("image", image, sizeof(image));
    OK(image_check_squashfs("image", NULL, &place, &super, &err) < 0,
       "image_check_squashfs() refuses %s", damage->message);
    text = err.message ? strstr(err.message, ": ") : NULL;
    IS(text ? text + 2 : NULL, damage->message,
       "image_check_squashfs() says so");
    ch_error_clear(&err);
}

static void test_lengths(void)
{
    struct ch_error err = CH_ERROR_INIT;
    struct squashfs_place place;
    struct squashfs_super super;
    unsigned char image[FILE_SIZE];

    make_super(image);
    make_bytes("image", image, 95);
    OK(image_check_squashfs("image", NULL, &place, &super, &err) < 0,
       "image_check_squashfs() refuses half a superblock");
    IS(ch_error_text(&err),
       "cannot read \"image\": truncated SquashFS image: 95 bytes hold no "
       "superblock",
       "image_check_squashfs() says how long it is");
    OK(err.hint != NULL, "image_check_squashfs() says what to do");

    make_bytes("image", image, 1999);
    OK(image_check_squashfs("image", NULL, &place, &super, &err) < 0,
       "image_check_squashfs() refuses an image that lacks a byte");
    make_bytes("image", image, 2000);
    OK(!image_check_squashfs("image", NULL, &place, &super, &err),
       "image_check_squashfs() accepts an image without padding");

    put(image, FRAGMENTS, 4, 0);
    put(image, FRAGMENT_TABLE, 8, UINT64_MAX);
    make_bytes("image", image, sizeof(image));
    OK(!image_check_squashfs("image", NULL, &place, &super, &err),
       "image_check_squashfs() accepts an image without fragments");
    OK(image_check_squashfs("none", NULL, &place, &super, &err) < 0,
       "image_check_squashfs() fails if there is nothing");
    ch_error_clear(&err);
}

static void test_real(const char *tree, const char *compressor)
{
    const char *const argv[] = {"mksquashfs", tree,        "real", "-comp",
                                compressor,   "-noappend", NULL};
    struct ch_error err = CH_ERROR_INIT;
    struct squashfs_place place;
    struct squashfs_super super = {0};

    if (run_program(argv, "output") != 0) {
        tap_skip("mksquashfs cannot make it",
                 "image_check_squashfs() and mksquashfs, %s", compressor);
        return;
    }
    OK(!image_check_squashfs("real", NULL, &place, &super, &err),
       "image_check_squashfs() accepts what mksquashfs makes of %s", tree);
    IS(squashfs_compressor_name(super.compressor), compressor,
       "squashfs_compressor_name() agrees with mksquashfs");
    ch_error_clear(&err);
}

int main(void)
{
    static const char *const COMPRESSORS[] = {"gzip", "lzo", "xz", "lz4",
                                              "zstd"};
    size_t i;

    scratch_enter();
    test_good();
    for (i = 0; i < sizeof(DAMAGES) / sizeof(DAMAGES[0]); i++)
        test_damage(&DAMAGES[i]);
    test_lengths();
    make_directory("empty");
    make_directory("tree/dir");
    make_file("tree/dir/file", "content");
    for (i = 0; i < sizeof(COMPRESSORS) / sizeof(COMPRESSORS[0]); i++) {
        test_real("empty", COMPRESSORS[i]);
        test_real("tree", COMPRESSORS[i]);
    }
    scratch_leave();
    return tap_done();
}
