#include "config.h"

#include "core/sif.h"

#include <fcntl.h>
#include <string.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

#define FILE_SIZE 8192
#define TABLE     1024 /* where the descriptors are */
#define SLOT      585  /* the size of one */
#define SLOTS     4
#define ROOT      4096 /* where the root file system is, to the end */

static unsigned char image[FILE_SIZE];

static void put(size_t at, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        image[at + i] = (unsigned char)(value >> 8 * i);
}

/* A descriptor of a partition, by the numbers of the SIF specification. */
static void put_partition(size_t slot, uint32_t fs, uint32_t purpose)
{
    size_t at = TABLE + slot * SLOT;

    put(at, 4, 0x4004);
    put(at + 4, 1, 1);
    put(at + 17, 8, ROOT);
    put(at + 25, 8, FILE_SIZE - ROOT);
    put(at + 201, 4, fs);
    put(at + 205, 4, purpose);
}

/* A file whose third descriptor is the root file system, and a second one that
   is data. */
static void make_image(uint32_t fs)
{
    memset(image, 0, sizeof(image));
    memcpy(image, "#!/usr/bin/env run-singularity\n", 31);
    memcpy(image + 32,
           "SIF_MAGIC\0"
           "01\0"
           "02",
           16);
    put(88, 8, SLOTS);
    put(96, 8, TABLE);
    put_partition(1, 1, 3);
    put_partition(2, fs, 2);
}

static int find(struct sif_partition *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    make_bytes("image", image, sizeof(image));
    fd = open("image", O_RDONLY | O_CLOEXEC);
    return sif_find_root(fd, root, err);
}

static void test_found(void)
{
    struct ch_error err = CH_ERROR_INIT;
    struct sif_partition root = {0};

    make_image(1);
    OK(find(&root, &err) == 0, "sif_find_root() finds the root file system");
    OK(root.offset == ROOT && root.size == FILE_SIZE - ROOT,
       "sif_find_root() tells where it is");
    ch_error_clear(&err);
}

static void check_refused(const char *wanted)
{
    struct ch_error err = CH_ERROR_INIT;
    struct sif_partition root = {7, 7};

    OK(find(&root, &err) < 0, "sif_find_root() refuses: %s", wanted);
    IS(err.message, wanted, "sif_find_root() says so");
    OK(root.offset == 7, "sif_find_root() leaves its result alone");
    ch_error_clear(&err);
}

static void test_file_systems(void)
{
    make_image(5);
    check_refused("the root file system of the SIF image is encrypted");
    make_image(2);
    check_refused("the root file system of the SIF image is ext3");
    make_image(77);
    check_refused("the root file system of the SIF image is of an unknown "
                  "kind");
}

static void test_no_root(void)
{
    make_image(1);
    put(TABLE + 2 * SLOT + 4, 1, 0);
    check_refused("the SIF image has no root file system");
    put(TABLE, 4, 0x400a);
    put(TABLE + 4, 1, 1);
    check_refused("the SIF image has no root file system, but the layers of "
                  "an OCI image");
}

static void test_damage(void)
{
    make_image(1);
    put(96, 8, FILE_SIZE + 1);
    check_refused("corrupt SIF image: bad table of descriptors");
    make_image(1);
    put(88, 8, UINT64_MAX / SLOT);
    check_refused("corrupt SIF image: bad table of descriptors");
    make_image(1);
    put(TABLE + 2 * SLOT + 25, 8, FILE_SIZE - ROOT + 1);
    check_refused("truncated SIF image: its root file system ends at 8193, the "
                  "file at 8192");
    make_image(1);
    put(TABLE + 2 * SLOT + 17, 8, UINT64_MAX);
    check_refused("truncated SIF image: its root file system ends at 4095, the "
                  "file at 8192");
    make_image(1);
    image[33] = 'x';
    check_refused("not a SIF image");
}

static void test_short(void)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_CLOSE int fd = -1;
    struct sif_partition root;

    make_image(1);
    make_bytes("short", image, 127);
    fd = open("short", O_RDONLY | O_CLOEXEC);
    OK(sif_find_root(fd, &root, &err) < 0, "sif_find_root() refuses a header "
                                           "that is cut short");
    IS(err.message, "truncated SIF image", "sif_find_root() says that it is");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_found();
    test_file_systems();
    test_no_root();
    test_damage();
    test_short();
    scratch_leave();
    return tap_done();
}
