#include "config.h"

#include "core/layer_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "core/whiteout.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static int diff(const char *upper, const char *path, enum compression how,
                struct layer_diff_result *result, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        give_up("make", path);
    return layer_diff(upper, fd,
                      &(struct layer_diff_options){.compression = how}, NULL,
                      result, err);
}

static void must_diff(const char *upper, const char *path,
                      enum compression compression,
                      struct layer_diff_result *result, const char *what)
{
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!OK(!diff(upper, path, compression, result, &err),
            "layer_diff() makes a layer of %s", what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before,
       "layer_diff() leaves no descriptor open, %s", what);
    ch_error_clear(&err);
}

static bool same_bytes(const char *left, const char *right)
{
    size_t left_length, right_length;
    CLEANUP_FREE char *l = read_text(left, &left_length);
    CLEANUP_FREE char *r = read_text(right, &right_length);

    return l && r && left_length == right_length && !memcmp(l, r, left_length);
}

/* Everything that a layer can hold. */
static void make_upper(void)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    const struct tar_header described = {
        .type = TAR_FILE,
        .name = "described",
        .mode = 0640,
        .mtime = 1000000000,
        .mtime_nsec = 123456789,
        .xattrs = &xattrs,
    };
    struct archive_builder builder = {0};

    if (xattrs_append(&xattrs, "user.name", "value", 5) < 0)
        give_up("make", "attributes");
    make_fresh("upper");
    builder_add(&builder, &described, NULL);
    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/.wh..wh..opq", "");
    builder_file(&builder, "other/.wh.gone", "");
    builder_file(&builder, ".wh.gone", "");
    builder_file(&builder, "dir/file", "content");
    builder_hardlink(&builder, "dir/hard", "dir/file");
    builder_symlink(&builder, "dir/link", "/nowhere");
    builder_hardlink(&builder, "dir/symlink-again", "dir/link");
    add_mode(&builder, TAR_FIFO, "fifo", 0600);
    add_mode(&builder, TAR_FILE, "su", 04511);
    add_mode(&builder, TAR_DIRECTORY, "closed", 02500);
    builder_file(&builder, "closed/\377\001 name", "bytes");
    must_apply(&builder, LAYER_OVERLAY, "upper", NULL, "a layer of all kinds");
}

static void apply_file(const char *path, const char *directory,
                       const struct layer_diff_result *wanted)
{
    struct layer_apply_options options = {
        .source = {.name = path,
                   .digest = wanted->digests.digest,
                   .diff_id = wanted->digests.diff_id,
                   .limits = {1 << 24, 100}},
    };
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;

    options.source.fd = open(path, O_RDONLY | O_CLOEXEC);
    make_fresh(directory);
    if (!OK(!layer_apply(&options, directory, NULL, &result, &err),
            "layer_diff() tells the digests of \"%s\"", path))
        tap_note("%s", ch_error_text(&err));
    OK(result.digests.size == wanted->digests.size,
       "layer_diff() tells the size of \"%s\"", path);
    (void)close(options.source.fd);
    ch_error_clear(&err);
}

static void test_round_trip(void)
{
    struct layer_diff_result first, second;
    char value[8];
    struct stat st;

    make_upper();
    must_diff("upper", "first.tar", COMPRESSION_NONE, &first, "all kinds");
    OK(first.whiteouts == 3 && first.stats.entries == 14,
       "layer_diff() counts members and whiteouts");
    apply_file("first.tar", "again", &first);
    must_diff("again", "second.tar", COMPRESSION_NONE, &second, "what it made");
    OK(same_bytes("first.tar", "second.tar"),
       "layer_diff() and layer_apply() are each other's inverse");

    OK(has_whiteout("again/gone") && has_whiteout("again/other/gone") &&
           has_opaque_mark("again/dir"),
       "layer_diff() keeps whiteouts and opaque marks");
    OK(getxattr("again/described", "user.name", value, sizeof(value)) == 5 &&
           look_at("again/described", &st) && st.st_mtim.tv_nsec == 123456789,
       "layer_diff() keeps attributes and all of a time");
    OK(has_content("again/closed/\377\001 name", "bytes"),
       "layer_diff() keeps names that are no text");
    OK(look_at("again/dir/hard", &st) && st.st_nlink == 2,
       "layer_diff() keeps hard links");
}

static void test_compression(enum compression compression, const char *what)
{
    struct layer_diff_result plain, packed;

    must_diff("upper", "plain.tar", COMPRESSION_NONE, &plain, what);
    must_diff("upper", "packed", compression, &packed, what);
    IS(packed.digests.diff_id, plain.digests.diff_id,
       "layer_diff() has the same diff ID by %s", what);
    apply_file("packed", "again", &packed);
}

static void test_modes(void)
{
    const char *const argv[] = {"tar", "-tvf", "modes.tar", NULL};
    struct layer_diff_result result;
    CLEANUP_FREE char *list = NULL;

    make_upper();
    if (chmod("upper/closed", 0750) < 0)
        give_up("chmod", "upper/closed");
    must_diff("upper", "modes.tar", COMPRESSION_NONE, &result, "modes");
    if (run_program(argv, "list") != 0)
        give_up("list", "modes.tar");
    list = read_text("list", NULL);
    OK(list && strstr(list, "-r-s--x--x"),
       "layer_diff() gives back a mode that the tree cannot have");
    OK(list && strstr(list, "drwxr-x---"),
       "layer_diff() takes a mode that was changed since");
    OK(list && strstr(list, "0/0"), "layer_diff() names no owner");
}

/* What an image cannot hold. */
static void test_others(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX,
                                  .sun_path = "upper/socket"};
    CLEANUP_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct layer_diff_result result;
    struct ch_error err = CH_ERROR_INIT;

    make_fresh("upper");
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        give_up("make", "socket");
    must_diff("upper", "layer.tar", COMPRESSION_NONE, &result, "a socket");
    apply_file("layer.tar", "again", &result);
    OK(has_whiteout("again/socket"),
       "layer_diff() hides what a socket has replaced");

    make_fresh("upper");
    make_file("upper/.wh.x", "");
    OK(diff("upper", "layer.tar", COMPRESSION_NONE, &result, &err) < 0 &&
           err.message && strstr(err.message, "reserved for whiteouts"),
       "layer_diff() refuses a file that would be a whiteout");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    if (!xattrs_work()) {
        tap_skip("no extended attributes here", "layer_diff()");
        scratch_leave();
        return tap_done();
    }
    test_round_trip();
    test_compression(COMPRESSION_GZIP, "gzip");
    test_compression(COMPRESSION_ZSTD, "zstd");
    test_modes();
    test_others();
    scratch_leave();
    return tap_done();
}
