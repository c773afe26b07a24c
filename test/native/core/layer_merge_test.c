#include "config.h"

#include "core/layer_merge.h"

#include <errno.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/xattrs.h"
#include "merge.h"
#include "scratch.h"
#include "tap.h"

static const struct merge_layer LAYERS[] = {{.path = "0"}, {.path = "1"}};

static void must_merge(size_t count, struct layer_merge_info *info,
                       struct layer_merge_result *total, const char *what)
{
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!OK(!merge_layers(LAYERS, count, info, total, &err),
            "layer_merge() merges %s", what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before,
       "layer_merge() leaves no descriptor open, %s", what);
    ch_error_clear(&err);
    unpack_archive("merged.tar", "out");
}

static void must_fail(int errnum, const char *words, const char *what)
{
    struct layer_merge_info info;
    struct layer_merge_result total;
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!OK(merge_layers(LAYERS, 1, &info, &total, &err) < 0 &&
                err.errnum == errnum && strstr(ch_error_text(&err), words),
            "layer_merge() refuses %s", what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before,
       "layer_merge() leaves no descriptor open, %s", what);
    ch_error_clear(&err);
}

static void test_hard_links(void)
{
    struct archive_builder builder = {0};
    struct layer_merge_info info;
    struct layer_merge_result total;
    struct stat one, two;

    builder_file(&builder, "d/first", "shared");
    builder_hardlink(&builder, "second", "d/first");
    builder_hardlink(&builder, "third", "second");
    builder_file(&builder, "lost", "never seen");
    builder_save_gzip(&builder, "0");
    builder_file(&builder, ".wh.d", "");
    builder_file(&builder, "lost", "seen");
    builder_save(&builder, "1");
    must_merge(2, &info, &total, "hard links to what is hidden");

    OK(!exists("out/d") && has_content("out/second", "shared"),
       "layer_merge() writes a file under the first name that is left");
    OK(look_at("out/second", &one) && look_at("out/third", &two) &&
           one.st_ino == two.st_ino,
       "layer_merge() keeps names of one file together");
    OK(has_content("out/lost", "seen"), "layer_merge() takes the newest file");
    OK(total.whiteouts == 1, "layer_merge() counts whiteouts");
}

static void test_root(void)
{
    static const struct tar_header ROOT = {
        .type = TAR_DIRECTORY,
        .name = ".",
        .mode = 0711,
        .mtime = 7777,
    };
    struct archive_builder builder = {0};
    struct layer_merge_info info;
    struct layer_merge_result total;

    builder_add(&builder, &ROOT, NULL);
    builder_device(&builder, "dev/null");
    builder_hardlink(&builder, "dev/zero", "dev/null");
    builder_save(&builder, "0");
    make_bytes("1", "", 0);
    must_merge(2, &info, &total, "a root, and a layer of no bytes");

    OK(info.root_mode == 0711, "layer_merge() tells the root's mode");
    OK(info.newest == 7777, "layer_merge() tells the newest time");
    OK(total.devices == 2 && !exists("out/dev/null"),
       "layer_merge() leaves devices out, and counts them");
}

static void test_places(void)
{
    static const char *const DIRECTORIES[] = {"proc", "mnt/0", "sys", NULL};
    static const char *const FILES[] = {"etc/hosts", "run/a/b", NULL};
    struct archive_builder builder = {0};
    struct layer_merge_info info;
    struct layer_merge_result total;
    struct ch_error err = CH_ERROR_INIT;

    builder_file(&builder, "etc/hosts", "mine");
    builder_symlink(&builder, "sys", "nowhere");
    builder_symlink(&builder, "run", "/etc");
    builder_save(&builder, "0");
    OK(!merge_with(LAYERS, 1, DIRECTORIES, FILES, &info, &total, &err),
       "layer_merge() adds what must exist");
    unpack_archive("merged.tar", "out");
    OK(exists("out/proc") && exists("out/mnt/0"),
       "layer_merge() makes directories that are missing");
    OK(has_content("out/etc/hosts", "mine") &&
           is_symlink_to("out/sys", "nowhere") && !exists("out/etc/a"),
       "layer_merge() leaves alone what is there or in the way");
    ch_error_clear(&err);
}

static void test_digests(void)
{
    struct archive_builder builder = {0};
    struct merge_layer layer = {.path = "0"};
    struct layer_merge_info info;
    struct layer_merge_result total;
    struct layer_digests right;
    struct ch_error err = CH_ERROR_INIT;

    builder_file(&builder, "file", "x");
    builder_save_gzip(&builder, "0");
    must_merge(1, &info, &total, "a layer of any digest");
    right = total.digests;
    layer.digest = right.digest;
    layer.diff_id = right.diff_id;
    OK(!merge_layers(&layer, 1, &info, &total, &err),
       "layer_merge() accepts the right digests");
    layer.diff_id = right.digest;
    OK(merge_layers(&layer, 1, &info, &total, &err) < 0 &&
           err.errnum == EBADMSG,
       "layer_merge() refuses another diff ID");
    layer.digest = right.diff_id;
    OK(merge_layers(&layer, 1, &info, &total, &err) < 0 &&
           err.errnum == EBADMSG,
       "layer_merge() refuses another digest");
    ch_error_clear(&err);
}

static void test_refusals(void)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    struct tar_header header = {
        .type = TAR_DIRECTORY,
        .name = ".",
        .mode = 0755,
        .xattrs = &xattrs,
    };
    struct archive_builder builder = {0};

    if (xattrs_append(&xattrs, "user.a", "b", 1) < 0)
        give_up("make", "attributes");
    builder_add(&builder, &header, NULL);
    builder_save(&builder, "0");
    must_fail(LAYER_MERGE_UNSTREAMABLE, "\"/\" has extended attributes",
              "attributes of the root");

    builder_file(&builder, "../outside", "x");
    builder_save(&builder, "0");
    must_fail(0, "it holds \"..\"", "names that lead outside");
    builder_file(&builder, ".wh.", "x");
    builder_save(&builder, "0");
    must_fail(0, "reserved for whiteouts", "whiteouts of nothing");
    builder_hardlink(&builder, "link", "missing");
    builder_save(&builder, "0");
    must_fail(ENOENT, "as a hard link to \"missing\"", "links to nothing");
}

/* However deep, nothing here is a recursion, and nothing a path of the host. */
static void test_depth(void)
{
    enum { DEPTH = 20000 };
    static char name[2 * DEPTH + 8];
    struct archive_builder builder = {0};
    struct layer_merge_info info;
    struct layer_merge_result total;
    struct ch_error err = CH_ERROR_INIT;
    int i;

    for (i = 0; i < DEPTH; i++)
        memcpy(name + 2 * i, "d/", 2);
    memcpy(name + 2 * DEPTH, "file", 5);
    builder_file(&builder, name, "x");
    builder_save(&builder, "0");
    builder_file(&builder, ".wh.d", "");
    builder_save(&builder, "1");
    OK(!merge_layers(LAYERS, 1, &info, &total, &err),
       "layer_merge() merges what is very deep");
    must_merge(2, &info, &total, "what hides that");
    OK(!exists("out/d"), "layer_merge() hides what is very deep");
    ch_error_clear(&err);
}

static void test_repeat(void)
{
    CLEANUP_FREE char *one = NULL, *two = NULL;
    struct archive_builder builder = {0};
    struct layer_merge_info info;
    struct layer_merge_result total;
    size_t one_length, two_length;

    builder_file(&builder, "implied/file", "x");
    builder_save(&builder, "0");
    builder_directory(&builder, "other");
    builder_save(&builder, "1");
    must_merge(2, &info, &total, "once");
    one = read_text("merged.tar", &one_length);
    must_merge(2, &info, &total, "once more");
    two = read_text("merged.tar", &two_length);
    OK(one && two && one_length == two_length && !memcmp(one, two, one_length),
       "layer_merge() makes the same of the same");
}

int main(void)
{
    scratch_enter();
    test_hard_links();
    test_root();
    test_places();
    test_digests();
    test_refusals();
    test_depth();
    test_repeat();
    scratch_leave();
    return tap_done();
}
