#include "config.h"

#include "core/tar_extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static const struct member_options PLAIN = {.strip = ""};

static void test_kinds(void)
{
    const struct tar_header fifo = {.type = TAR_FIFO,
                                    .name = "dir/fifo",
                                    .mode = 0640,
                                    .mtime = 1000000000};
    struct archive_builder builder = {0};
    struct member_stats stats = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct stat st, other;

    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/file", "content");
    builder_symlink(&builder, "dir/link", "/nowhere/at/all");
    builder_hardlink(&builder, "dir/hard", "dir/file");
    builder_hardlink(&builder, "symlink-again", "dir/link");
    builder_add(&builder, &fifo, NULL);
    builder_device(&builder, "dir/null");
    builder_hardlink(&builder, "dir/null2", "dir/null");
    OK(!unpack(&builder, &PLAIN, &stats, &err), "tar_extract() unpacks");
    OK(stats.entries == 6 && stats.bytes == 7 && stats.devices == 2,
       "tar_extract() counts members, bytes and devices");

    OK(has_content("out/dir/file", "content"), "tar_extract() makes files");
    OK(is_symlink_to("out/dir/link", "/nowhere/at/all"),
       "tar_extract() keeps a symlink's target");
    OK(look_at("out/dir/fifo", &st) && S_ISFIFO(st.st_mode) &&
           st.st_mtime == 1000000000,
       "tar_extract() makes FIFOs");
    OK(!exists("out/dir/null") && !exists("out/dir/null2"),
       "tar_extract() leaves out devices and hard links to them");
    OK(look_at("out/dir/hard", &st) && look_at("out/dir/file", &other) &&
           st.st_ino == other.st_ino && st.st_nlink == 2,
       "tar_extract() makes hard links");
    OK(is_symlink_to("out/symlink-again", "/nowhere/at/all"),
       "tar_extract() links a symlink itself");
    OK(look_at("out/dir/link", &st) && st.st_mtime == 1000000000,
       "tar_extract() sets a symlink's time");
    OK(look_at("out/dir", &st) && st.st_mtime == 1000000000,
       "tar_extract() sets a directory's time after it is filled");
    ch_error_clear(&err);
}

static void test_modes(void)
{
    struct archive_builder builder = {0};
    struct stat st;
    mode_t before = umask(077);

    add_mode(&builder, TAR_FILE, "setuid", 06755);
    add_mode(&builder, TAR_FILE, "unreadable", 0);
    add_mode(&builder, TAR_DIRECTORY, "closed", 0);
    builder_file(&builder, "closed/file", "x");
    add_mode(&builder, TAR_DIRECTORY, "tmp", 01777);
    builder_file(&builder, "implied/file", "x");
    add_mode(&builder, TAR_FIFO, "fifo", 0666);
    must_unpack(&builder, "odd modes");
    (void)umask(before);

    OK(look_at("out/setuid", &st) && (st.st_mode & 07777) == 0755,
       "tar_extract() drops setuid and setgid");
    OK(look_at("out/unreadable", &st) && (st.st_mode & 07777) == 0600,
       "tar_extract() lets the owner read and write files");
    OK(look_at("out/closed", &st) && (st.st_mode & 07777) == 0700,
       "tar_extract() lets the owner into directories");
    OK(look_at("out/tmp", &st) && (st.st_mode & 07777) == 01777,
       "tar_extract() keeps the sticky bit and ignores the umask");
    OK(look_at("out/implied", &st) && (st.st_mode & 07777) == 0755,
       "tar_extract() gives implied directories mode 0755");
    OK(!st.st_mtime, "tar_extract() gives them the time 0");
    OK(look_at("out", &st) && (st.st_mode & 07777) == 0755 && !st.st_mtime,
       "tar_extract() takes a root without a member for implied");
    OK(look_at("out/fifo", &st) && (st.st_mode & 07777) == 0666,
       "tar_extract() ignores the umask for FIFOs");
    OK(has_content("out/closed/file", "x"),
       "tar_extract() fills directories that are closed");
}

static void test_root(void)
{
    struct archive_builder builder = {0};
    struct stat st;

    add_mode(&builder, TAR_DIRECTORY, ".", 0711);
    builder_file(&builder, "./file", "x");
    must_unpack(&builder, "a member for the root");
    OK(look_at("out", &st) && (st.st_mode & 07777) == 0711 && st.st_mtime == 1,
       "tar_extract() sets the root's attributes");
    builder_symlink(&builder, "/", "/etc");
    must_refuse(&builder,
                "refusing the name \"/\": the root of an image must be a "
                "directory",
                "a symlink for the root");
}

static void test_strip(void)
{
    const struct member_options options = {.strip = "hello"};
    struct archive_builder builder = {0};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    struct stat st;

    add_mode(&builder, TAR_DIRECTORY, "hello", 0750);
    builder_file(&builder, "hello/bin/sh", "x");
    builder_hardlink(&builder, "hello/bin/dash", "hello/bin/sh");
    builder_symlink(&builder, "hello/link", "hello/bin");
    OK(!unpack(&builder, &options, &stats, &err), "tar_extract() strips");
    OK(has_content("out/bin/dash", "x") &&
           is_symlink_to("out/link", "hello/bin"),
       "tar_extract() strips hard links' targets, but not symlinks'");
    OK(look_at("out", &st) && (st.st_mode & 07777) == 0750,
       "tar_extract() makes the stripped directory the root");
    builder_file(&builder, "other/file", "x");
    OK(unpack(&builder, &options, &stats, &err) < 0 && err.errnum == EXDEV,
       "tar_extract() refuses a member that is not below");
    ch_error_clear(&err);
}

static void test_sparse(void)
{
    struct tar_segment items[] = {{1 << 20, 5}};
    const struct tar_segments segments = {.items = items, .count = 1};
    const struct tar_header header = {.type = TAR_FILE,
                                      .name = "sparse",
                                      .mode = 0644,
                                      .size = 1 << 24,
                                      .segments = &segments};
    struct archive_builder builder = {0};
    CLEANUP_FREE char *text = NULL;
    struct stat st;
    size_t length;

    builder_add(&builder, &header, "hello");
    must_unpack(&builder, "a sparse file");
    OK(look_at("out/sparse", &st) && st.st_size == 1 << 24 &&
           st.st_blocks * 512 < 1 << 20,
       "tar_extract() keeps holes");
    text = read_text("out/sparse", &length);
    OK(text && length == 1 << 24 && !memcmp(text + (1 << 20), "hello", 6) &&
           text[(1 << 20) - 1] == 0,
       "tar_extract() puts the data in its place");
}

static void test_times(void)
{
    static const char *const argv[] = {
        "tar", "--format=posix", "-cf", "times.tar", "-C", "in", ".", NULL};
    const struct timespec times[] = {{1, 2}, {1234567890, 123456789}};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    struct stat st;

    make_directory("in/dir");
    make_file("in/dir/file", "x");
    make_symlink("x", "in/link");
    if (utimensat(AT_FDCWD, "in/dir/file", times, 0) < 0 ||
        utimensat(AT_FDCWD, "in/link", times, AT_SYMLINK_NOFOLLOW) < 0 ||
        utimensat(AT_FDCWD, "in/dir", times, 0) < 0)
        give_up("set times of", "in");
    if (run_program(argv, NULL) != 0) {
        tap_skip("no GNU tar", "tar_extract() keeps nanoseconds");
        return;
    }
    make_directory("out-times");
    OK(!tar_extract("times.tar", "out-times", &PLAIN, NULL, &stats, &err),
       "tar_extract() unpacks what tar made");
    OK(look_at("out-times/dir/file", &st) && st.st_mtime == 1234567890 &&
           st.st_mtim.tv_nsec == 123456789,
       "tar_extract() keeps nanoseconds of files");
    OK(look_at("out-times/dir", &st) && st.st_mtim.tv_nsec == 123456789,
       "tar_extract() keeps nanoseconds of directories");
    OK(look_at("out-times/link", &st) && st.st_mtim.tv_nsec == 123456789,
       "tar_extract() keeps nanoseconds of symlinks");
    ch_error_clear(&err);
}

static void test_xattrs(void)
{
    const struct member_options options = {.strip = "", .xattrs = true};
    struct xattr items[] = {{(char *)"user.name", (char *)"a\0b", 3}};
    const struct xattr_list list = {.items = items, .count = 1};
    const struct tar_header headers[] = {
        {.type = TAR_DIRECTORY, .name = "dir", .xattrs = &list},
        {.type = TAR_FILE, .name = "dir/file", .xattrs = &list},
        {.type = TAR_SYMLINK, .name = "l", .target = "x", .xattrs = &list},
    };
    struct archive_builder builder = {0};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    char value[8] = "";
    int i;

    for (i = 0; i < 3; i++)
        builder_add(&builder, &headers[i], NULL);
    if (unpack(&builder, &options, &stats, &err) < 0 && err.errnum == ENOTSUP) {
        tap_skip("no such attributes here", "tar_extract() keeps xattrs");
        ch_error_clear(&err);
        return;
    }
    OK(getxattr("out/dir", "user.name", value, sizeof(value)) == 3 &&
           !memcmp(value, "a\0b", 3),
       "tar_extract() keeps extended attributes of directories");
    OK(getxattr("out/dir/file", "user.name", value, sizeof(value)) == 3,
       "tar_extract() keeps extended attributes of files");

    for (i = 0; i < 3; i++)
        builder_add(&builder, &headers[i], NULL);
    must_unpack(&builder, "extended attributes");
    OK(getxattr("out/dir", "user.name", value, sizeof(value)) < 0,
       "tar_extract() leaves them out unless asked");
    ch_error_clear(&err);
}

static void test_failures(void)
{
    struct archive_builder builder = {0};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    struct ch_control control = {.cancelled = 1};
    char component[300];

    memset(component, 'n', sizeof(component) - 1);
    component[sizeof(component) - 1] = '\0';
    builder_file(&builder, component, "x");
    OK(unpack(&builder, &PLAIN, &stats, &err) < 0 && err.errnum == ENAMETOOLONG,
       "tar_extract() refuses a name too long for the file system");
    builder_hardlink(&builder, "link", "none");
    must_refuse(
        &builder,
        "cannot write \"link\" as a hard link to \"none\": No such file "
        "or directory",
        "a hard link to nothing");
    OK(tar_extract("archive.tgz", "none", &PLAIN, NULL, &stats, &err) < 0,
       "tar_extract() wants its directory");
    IS(ch_error_text(&err), "cannot open \"none\": No such file or directory",
       "tar_extract() says so");
    OK(fcntl(STDIN_FILENO, F_GETFD) >= 0,
       "tar_extract() closes nothing then that it has not opened");
    OK(tar_extract("archive.tgz", "out", &PLAIN, &control, &stats, &err) < 0 &&
           err.errnum == ECANCELED,
       "tar_extract() stops when told to");
    ch_error_clear(&err);
}

/* Two members, the archive cut within the second. */
static void test_truncated(void)
{
    struct archive_builder builder = {0};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    char content[5000];

    memset(content, 'x', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';
    builder_file(&builder, "whole", content);
    builder_file(&builder, "cut", content);
    make_bytes("cut.tar", builder.bytes.data, builder.bytes.length - 2000);
    buffer_release(&builder.bytes);
    make_directory("out-cut");
    OK(tar_extract("cut.tar", "out-cut", &PLAIN, NULL, &stats, &err) < 0,
       "tar_extract() fails for an archive that was cut short");
    IS(ch_error_text(&err),
       "cannot unpack \"cut\": cannot read \"cut.tar\": Truncated tar archive",
       "tar_extract() names the member and the archive");
    OK(err.hint != NULL, "tar_extract() says what to do");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_kinds();
    test_modes();
    test_root();
    test_strip();
    test_sparse();
    test_times();
    test_xattrs();
    test_failures();
    test_truncated();
    scratch_leave();
    return tap_done();
}
