#include "config.h"

#include "core/layer_apply.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "core/whiteout.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static bool has_mode(const char *path, mode_t mode)
{
    struct stat st;

    return look_at(path, &st) && (st.st_mode & 07777) == mode;
}

static bool has_mtime(const char *path, time_t mtime)
{
    struct stat st;

    return look_at(path, &st) && st.st_mtime == mtime;
}

/* --- digests --- */

static void test_digests(void)
{
    static const char EMPTY[] =
        "sha256:"
        "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
    struct archive_builder builder = {0};
    struct layer_apply_options options = {.source.diff_id = EMPTY};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    char digest[DIGEST_TEXT_SIZE];

    make_fresh("out");
    if (!OK(!apply(&builder, &options, "out", &result, &err),
            "layer_apply() accepts a layer without members"))
        tap_note("%s", ch_error_text(&err));
    IS(result.digests.diff_id, EMPTY, "layer_apply() tells the diff ID");
    memcpy(digest, result.digests.digest, sizeof(digest));
    options.source.digest = digest;
    OK(!apply(&builder, &options, "out", &result, &err),
       "layer_apply() accepts the digest");

    builder_file(&builder, "file", "x");
    OK(apply(&builder, &options, "out", &result, &err) < 0 &&
           err.errnum == EBADMSG &&
           strstr(err.message, "its digest is sha256:"),
       "layer_apply() refuses another digest");
    options.source.digest = "";
    builder_file(&builder, "file", "x");
    OK(apply(&builder, &options, "out", &result, &err) < 0 &&
           err.errnum == EBADMSG && strstr(err.message, "its diff ID is"),
       "layer_apply() refuses another diff ID");
    options.source.diff_id = "sha512:";
    builder_file(&builder, "file", "x");
    OK(apply(&builder, &options, "out", &result, &err) < 0 && err.message &&
           strstr(err.message, "diff ID is sha512:"),
       "layer_apply() computes the digest that is asked for");
    ch_error_clear(&err);
}

/* From a pipe, and with bytes behind the compressed data. */
static void test_pipe(void)
{
    const char *const argv[] = {"sh", "-c", "cat layer.tgz; printf behind",
                                NULL};
    struct archive_builder builder = {0};
    struct layer_apply_options options = {
        .source = {.name = "pipe",
                   .digest = "",
                   .diff_id = "",
                   .limits = {1 << 20, 100}},
    };
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    struct stat st;

    builder_file(&builder, "file", "content");
    builder_save_gzip(&builder, "layer.tgz");
    if (run_program(argv, "piped") != 0 || !look_at("piped", &st))
        give_up("write", "piped");
    make_fresh("out");
    options.source.fd = open("piped", O_RDONLY | O_CLOEXEC);
    OK(!layer_apply(&options, "out", NULL, &result, &err) &&
           result.digests.size == st.st_size &&
           has_content("out/file", "content"),
       "layer_apply() reads and counts what follows the compressed data");
    (void)close(options.source.fd);
    ch_error_clear(&err);
}

static void test_nothing(void)
{
    struct layer_apply_options options = {
        .source = {.name = "nothing",
                   .digest = "",
                   .diff_id = "",
                   .limits = {1 << 20, 100}},
    };
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    struct ch_control control = {.cancelled = 1};

    make_fresh("out");
    options.source.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    OK(!layer_apply(&options, "out", NULL, &result, &err) &&
           !result.stats.entries,
       "layer_apply() accepts a layer of no bytes");
    (void)close(options.source.fd);

    options.source.fd = open("layer.tgz", O_RDONLY | O_CLOEXEC);
    OK(layer_apply(&options, "out", &control, &result, &err) < 0 &&
           err.errnum == ECANCELED,
       "layer_apply() can be cancelled");
    (void)close(options.source.fd);
    ch_error_clear(&err);
}

/* --- overlayfs form --- */

static void test_whiteouts(void)
{
    struct archive_builder builder = {0};
    struct layer_result result;

    make_fresh("out");
    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/.wh.gone", "");
    builder_file(&builder, "dir/.wh.file", "");
    builder_file(&builder, "dir/file", "here");
    builder_directory(&builder, "dir/new");
    builder_file(&builder, "dir/.wh.new", "");
    builder_file(&builder, "dir/.wh..wh.plnk", "");
    builder_file(&builder, "implied/.wh..wh..opq", "");
    must_apply(&builder, LAYER_OVERLAY, "out", &result, "whiteouts");

    OK(has_whiteout("out/dir/gone"), "layer_apply() makes whiteouts");
    OK(has_content("out/dir/file", "here"),
       "layer_apply() keeps a file that the same layer whites out");
    OK(has_opaque_mark("out/dir/new"),
       "layer_apply() makes a directory opaque that the layer whites out");
    OK(has_opaque_mark("out/implied") && !has_opaque_mark("out/dir"),
       "layer_apply() makes the directories opaque that are");
    OK(!exists("out/dir/.wh..wh.plnk") && !exists("out/implied/.wh..wh..opq"),
       "layer_apply() leaves no marker files");
    OK(has_mtime("out/dir", 1000000000),
       "layer_apply() sets times after whiteouts");
    OK(result.whiteouts == 4 && result.stats.entries == 3 && !result.opaque,
       "layer_apply() counts whiteouts apart");

    make_fresh("out");
    builder_file(&builder, ".wh..wh..opq", "");
    must_apply(&builder, LAYER_OVERLAY, "out", &result, "an opaque root");
    OK(result.opaque, "layer_apply() says that the root is opaque");
}

static void test_privileged(void)
{
    struct archive_builder builder = {0};
    struct layer_result result;
    char mode[8] = "";

    make_fresh("out");
    add_mode(&builder, TAR_FILE, "su", 04755);
    add_mode(&builder, TAR_DIRECTORY, "mail", 02775);
    add_mode(&builder, TAR_FILE, "read-only", 0444);
    add_mode(&builder, TAR_FILE, "plain", 0755);
    must_apply(&builder, LAYER_OVERLAY, "out", &result, "setuid files");
    OK(has_mode("out/su", 0755) && has_mode("out/mail", 0775),
       "layer_apply() drops setuid and setgid");
    OK(result.privileged == 2, "layer_apply() counts setuid and setgid");
    OK(getxattr("out/su", LAYER_XATTR_MODE, mode, sizeof(mode)) == 4 &&
           !strcmp(mode, "4755"),
       "layer_apply() keeps the mode in an attribute");
    OK(getxattr("out/read-only", LAYER_XATTR_MODE, mode, sizeof(mode)) == 4 &&
           !strcmp(mode, "0444") && has_mode("out/read-only", 0644),
       "layer_apply() keeps a mode that its owner could not write with");
    OK(getxattr("out/plain", LAYER_XATTR_MODE, mode, sizeof(mode)) < 0,
       "layer_apply() adds no attribute to others");
}

/* Directories that a layer has something in, but does not describe. */
static void test_implied(void)
{
    const char *const lower[] = {"upper", "lower", NULL};
    struct layer_apply_options options = {.lower = lower};
    struct archive_builder builder = {0};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;

    make_fresh("lower");
    make_fresh("upper");
    make_fresh("out");
    add_mode(&builder, TAR_DIRECTORY, ".", 0711);
    add_mode(&builder, TAR_DIRECTORY, "a", 0750);
    add_mode(&builder, TAR_DIRECTORY, "a/b", 0705);
    add_mode(&builder, TAR_DIRECTORY, "gone", 0705);
    must_apply(&builder, LAYER_OVERLAY, "lower", NULL, "a lower layer");
    builder_file(&builder, ".wh.gone", "");
    must_apply(&builder, LAYER_OVERLAY, "upper", NULL, "an upper layer");
    (void)chmod("upper", 0700);
    builder_file(&builder, "a/b/file", "x");
    builder_file(&builder, "gone/file", "x");
    if (!OK(!apply(&builder, &options, "out", &result, &err),
            "layer_apply() applies a layer that implies directories"))
        tap_note("%s", ch_error_text(&err));
    OK(has_mode("out/a", 0750) && has_mode("out/a/b", 0705) &&
           has_mtime("out/a/b", 1),
       "layer_apply() takes attributes from the layers below");
    OK(has_mode("out/gone", 0755),
       "layer_apply() takes no attributes of what is whited out");
    OK(has_mode("out", 0700), "layer_apply() takes the root's attributes");
    ch_error_clear(&err);
}

/* --- one tree --- */

static void make_lower(void)
{
    struct archive_builder builder = {0};

    make_fresh("out");
    builder_directory(&builder, "usr");
    builder_directory(&builder, "usr/bin");
    builder_file(&builder, "usr/bin/sh", "old");
    builder_symlink(&builder, "bin", "usr/bin");
    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/a", "old");
    builder_file(&builder, "dir/b", "old");
    builder_directory(&builder, "dir/sub");
    builder_file(&builder, "dir/sub/c", "old");
    builder_directory(&builder, "gone");
    builder_file(&builder, "gone/x", "old");
    builder_file(&builder, "file", "old");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "the first layer of a tree");
}

static void test_flat_whiteouts(void)
{
    struct archive_builder builder = {0};

    make_lower();
    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/b", "new");
    builder_file(&builder, "dir/sub/d", "new");
    builder_file(&builder, "dir/.wh..wh..opq", "");
    builder_file(&builder, ".wh.gone", "");
    builder_file(&builder, ".wh.file", "");
    builder_file(&builder, ".wh.nothing", "");
    builder_file(&builder, "usr/.wh.bin", "");
    builder_file(&builder, "usr/bin", "now a file");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "whiteouts in a tree");

    OK(!exists("out/dir/a") && !exists("out/dir/sub/c"),
       "layer_apply() empties an opaque directory");
    OK(has_content("out/dir/b", "new") && has_content("out/dir/sub/d", "new"),
       "layer_apply() keeps what the layer has in an opaque directory");
    OK(!exists("out/gone") && !exists("out/file"),
       "layer_apply() deletes what is whited out");
    OK(has_content("out/usr/bin", "now a file"),
       "layer_apply() keeps what replaces something whited out");
    OK(!exists("out/.wh.gone") && !exists("out/dir/.wh..wh..opq"),
       "layer_apply() leaves no marker files in a tree");
}

static void test_flat_symlinks(void)
{
    struct archive_builder builder = {0};

    make_lower();
    builder_file(&builder, "bin/tool", "new");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "a name below a symlink");
    OK(has_content("out/bin/tool", "new") && !exists("out/usr/bin/tool") &&
           has_content("out/usr/bin/sh", "old"),
       "layer_apply() follows no symlink of an older layer");

    make_lower();
    builder_directory(&builder, "bin");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "a directory for a symlink");
    OK(!exists("out/bin/sh") && has_content("out/usr/bin/sh", "old"),
       "layer_apply() replaces an older symlink by a directory");

    make_lower();
    builder_symlink(&builder, "link", "usr/bin");
    builder_file(&builder, "link/tool", "new");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "a symlink of its own");
    OK(is_symlink_to("out/link", "usr/bin") &&
           has_content("out/usr/bin/tool", "new"),
       "layer_apply() follows the layer's own symlinks");
}

static void test_flat_attributes(void)
{
    struct archive_builder builder = {0};

    make_lower();
    if (setxattr("out/dir", "user.old", "x", 1, 0) < 0)
        tap_note("no extended attributes here: %s", strerror(errno));
    builder_file(&builder, "dir/sub/d", "new");
    builder_file(&builder, "usr/bin/.wh.sh", "");
    must_apply(&builder, LAYER_FLAT, "out", NULL, "names in older directories");
    OK(has_mtime("out/dir/sub", 1000000000) &&
           has_mtime("out/usr/bin", 1000000000),
       "layer_apply() keeps the times of directories that are implied");
    add_mode(&builder, TAR_DIRECTORY, "dir", 0700);
    must_apply(&builder, LAYER_FLAT, "out", NULL, "an older directory");
    OK(has_mode("out/dir", 0700) && has_mtime("out/dir", 1) &&
           has_content("out/dir/a", "old"),
       "layer_apply() sets attributes of an older directory, and keeps the "
       "rest");
    OK(getxattr("out/dir", "user.old", NULL, 0) < 0,
       "layer_apply() takes off what attributes an older layer had set");
}

int main(void)
{
    scratch_enter();
    test_digests();
    test_pipe();
    test_nothing();
    if (xattrs_work()) {
        test_whiteouts();
        test_privileged();
        test_implied();
    } else {
        tap_skip("no extended attributes here", "layer_apply() for overlayfs");
    }
    test_flat_whiteouts();
    test_flat_symlinks();
    test_flat_attributes();
    scratch_leave();
    return tap_done();
}
