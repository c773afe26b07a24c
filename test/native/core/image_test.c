#include "config.h"

#include "core/image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_builder.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

#define BYTES(text) text, sizeof(text) - 1

static const char *name_of(enum image_type type)
{
    static const char *const NAMES[] = {
        [IMAGE_DIRECTORY] = "directory",
        [IMAGE_SQUASHFS] = "squashfs",
        [IMAGE_SIF] = "sif",
        [IMAGE_ARCHIVE] = "archive",
        [IMAGE_UNKNOWN] = "unknown",
    };

    return NAMES[type];
}

static void check(const char *path, enum image_type wanted, const char *what)
{
    struct ch_error err = CH_ERROR_INIT;
    enum image_type found = IMAGE_UNKNOWN;

    if (!OK(!image_probe_path(path, &found, &err),
            "image_probe_path() can look at %s", what))
        tap_note("%s", ch_error_text(&err));
    IS(name_of(found), name_of(wanted), "image_probe_path() knows %s", what);
    ch_error_clear(&err);
}

static void test_signatures(void)
{
    static const struct {
        const char *what, *bytes;
        size_t length;
        enum image_type type;
    } CASES[] = {
        {"SquashFS", BYTES("hsqs"), IMAGE_SQUASHFS},
        {"SIF",
         BYTES("#!/usr/bin/env run-singularity\n\0SIF_MAGIC\0"
               "01"),
         IMAGE_SIF},
        {"big-endian SquashFS", BYTES("sqsh...."), IMAGE_UNKNOWN},
        {"gzip", BYTES("\x1f\x8b\x08"), IMAGE_ARCHIVE},
        {"xz",
         BYTES("\xfd"
               "7zXZ\0"),
         IMAGE_ARCHIVE},
        {"bzip2", BYTES("BZh9"), IMAGE_ARCHIVE},
        {"zstd", BYTES("\x28\xb5\x2f\xfd"), IMAGE_ARCHIVE},
        {"an empty file", BYTES(""), IMAGE_UNKNOWN},
        {"three bytes of four", BYTES("hsq"), IMAGE_UNKNOWN},
        {"a script", BYTES("#!/bin/sh\n"), IMAGE_UNKNOWN},
    };
    size_t i;

    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        make_bytes("file", CASES[i].bytes, CASES[i].length);
        check("file", CASES[i].type, CASES[i].what);
    }
}

/* Seven octal digits, as tar(1) wrote before POSIX. */
static void put_checksum(char *header)
{
    unsigned long sum = 8 * ' ';
    int i;

    for (i = 0; i < 512; i++)
        if (i < 148 || i >= 156)
            sum += (unsigned char)header[i];
    for (i = 6; i >= 0; i--, sum >>= 3)
        header[148 + i] = (char)('0' + (sum & 7));
}

static void test_tar(void)
{
    struct archive_builder builder = {0};
    size_t length = 0;
    CLEANUP_FREE char *bytes = NULL;

    builder_file(&builder, "name.sqfs", "content");
    builder_save(&builder, "archive.sqfs");
    check("archive.sqfs", IMAGE_ARCHIVE, "a tar archive with a wrong name");

    bytes = read_text("archive.sqfs", &length);
    if (!bytes)
        give_up("read", "archive.sqfs");
    /* The sum of a header without magic is smaller by the magic. */
    memset(bytes + 257, 0, 8);
    make_bytes("broken", bytes, length);
    check("broken", IMAGE_UNKNOWN, "a header whose sum is wrong");
    put_checksum(bytes);
    make_bytes("old", bytes, length);
    check("old", IMAGE_ARCHIVE, "a tar archive from before POSIX");

    memset(bytes, 0, length);
    make_bytes("zeros", bytes, length);
    check("zeros", IMAGE_UNKNOWN, "zeros");
}

static void test_others(void)
{
    struct ch_error err = CH_ERROR_INIT;
    enum image_type type;

    make_directory("dir.tar.gz");
    make_symlink("dir.tar.gz", "link");
    check("dir.tar.gz", IMAGE_DIRECTORY, "a directory");
    check("link", IMAGE_DIRECTORY, "a symlink to a directory");
    if (chmod("dir.tar.gz", 0311) < 0 || mkfifo("fifo", 0644) < 0)
        give_up("make", "fifo");
    check("dir.tar.gz", IMAGE_DIRECTORY, "a directory that cannot be listed");
    check("fifo", IMAGE_UNKNOWN, "a FIFO, without waiting");
    check("/dev/null", IMAGE_UNKNOWN, "a device");

    OK(image_probe_path("none", &type, &err) < 0,
       "image_probe_path() fails if there is nothing");
    IS(ch_error_text(&err), "cannot open \"none\": No such file or directory",
       "image_probe_path() says so");
    ch_error_clear(&err);
}

static void test_descriptor(void)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_CLOSE int fd = -1;
    enum image_type type = IMAGE_UNKNOWN;

    make_file("image", "hsqs and more");
    fd = open("image", O_RDONLY | O_CLOEXEC);
    OK(!image_probe_fd(fd, &type, &err) && type == IMAGE_SQUASHFS,
       "image_probe_fd() knows SquashFS");
    OK(lseek(fd, 0, SEEK_CUR) == 0, "image_probe_fd() leaves the position");
    OK(image_probe_fd(-1, &type, &err) < 0,
       "image_probe_fd() fails for a bad descriptor");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_signatures();
    test_tar();
    test_others();
    test_descriptor();
    scratch_leave();
    return tap_done();
}
