/* Whiteouts whose names, taken literally, delete the directory itself, the one
   above, or what is outside. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static const char *const NAMES[] = {
    ".wh..",         ".wh...",      "dir/.wh..",        "dir/.wh...",
    ".wh.",          "dir/.wh.",    "../.wh.outside",   "dir/../../.wh.outside",
    ".wh.dir/../..", ".wh./../new", "dir/.wh./outside", ".wh.dir/file",
};

static void refuse(const char *name, enum layer_form form)
{
    struct layer_apply_options options = {.form = form};
    struct archive_builder builder = {0};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;

    builder_directory(&builder, "dir");
    builder_file(&builder, name, "");
    OK(apply(&builder, &options, "root", &result, &err) < 0 && err.message &&
           strstr(err.message, "refusing the name"),
       "the whiteout \"%s\" is refused", name);
    ch_error_clear(&err);
    OK(has_content("outside", "untouched") && exists("root/dir") &&
           !exists("new"),
       "\"%s\" deletes nothing else", name);
}

int main(void)
{
    struct archive_builder builder = {0};
    size_t i;

    scratch_enter();
    make_file("outside", "untouched");
    for (i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        make_fresh("root");
        refuse(NAMES[i], LAYER_OVERLAY);
        refuse(NAMES[i], LAYER_FLAT);
    }
    make_fresh("root");
    builder_file(&builder, "/.wh.outside", "");
    builder_file(&builder, "//.wh.dir", "");
    builder_directory(&builder, "dir/");
    must_apply(&builder, LAYER_FLAT, "root", NULL, "absolute whiteouts");
    OK(has_content("outside", "untouched") && exists("root/dir"),
       "absolute whiteouts begin at the root");
    scratch_leave();
    return tap_done();
}
