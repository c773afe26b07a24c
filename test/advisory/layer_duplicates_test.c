/* Members that come twice, as something else the second time: the last one
   wins, and nothing of the first shines through. */

#include "config.h"

#include "apply.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static void test_to_and_fro(enum layer_form form)
{
    struct archive_builder builder = {0};

    make_fresh("root");
    builder_directory(&builder, "x");
    builder_file(&builder, "x/old", "old");
    builder_symlink(&builder, "x", "elsewhere");
    builder_directory(&builder, "elsewhere");
    builder_file(&builder, "x/through", "through");
    builder_file(&builder, "x", "file");
    builder_directory(&builder, "x");
    builder_file(&builder, "x/new", "new");
    must_apply(&builder, form, "root", NULL, "a name of many kinds");
    OK(!exists("root/x/old") && has_content("root/x/new", "new"),
       "the last of many kinds counts");
    OK(has_content("root/elsewhere/through", "through"),
       "what went through a symlink is where that led");
}

static void test_whiteouts(enum layer_form form)
{
    struct archive_builder builder = {0};
    struct stat st;

    make_fresh("root");
    builder_file(&builder, ".wh.x", "");
    builder_file(&builder, "x", "file");
    builder_file(&builder, ".wh.x", "");
    builder_directory(&builder, "x");
    builder_file(&builder, "x/.wh.y", "");
    builder_file(&builder, "x/y", "y");
    builder_hardlink(&builder, "x/z", "x/y");
    builder_file(&builder, "x/y", "again");
    must_apply(&builder, form, "root", NULL, "whiteouts and what they hide");
    OK(has_content("root/x/y", "again") && has_content("root/x/z", "y"),
       "whiteouts hide nothing of their own layer, wherever they stand");
    OK(look_at("root/x/z", &st) && st.st_nlink == 1,
       "a name that is replaced is no hard link any more");
    OK(form == LAYER_FLAT || has_opaque_mark("root/x"),
       "a directory that is whited out hides older ones");
}

int main(void)
{
    scratch_enter();
    test_to_and_fro(LAYER_OVERLAY);
    test_to_and_fro(LAYER_FLAT);
    if (xattrs_work())
        test_whiteouts(LAYER_OVERLAY);
    else
        tap_skip("no extended attributes here", "opaque directories");
    test_whiteouts(LAYER_FLAT);
    scratch_leave();
    return tap_done();
}
