/* A layer that leaves its root through symlinks, its own or an older layer's:
   by entries, and by whiteouts, which delete. Nothing outside may change. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static void make_outside(void)
{
    make_directory("outside/dir");
    make_file("outside/file", "untouched");
    make_file("outside/dir/file", "untouched");
}

static void check_outside(const char *what)
{
    struct stat st;

    OK(has_content("outside/file", "untouched") &&
           has_content("outside/dir/file", "untouched") &&
           look_at("outside/file", &st) && st.st_nlink == 1,
       "%s: the files outside are as they were", what);
    OK(look_at("outside", &st) && st.st_mtime != 1 &&
           st.st_mtime != 1000000000 && !has_opaque_mark("outside") &&
           !has_opaque_mark("outside/dir"),
       "%s: the directories outside are as they were", what);
    OK(!exists("outside/new") && !exists("outside/dir/new"),
       "%s: nothing new is outside", what);
}

/* Apply, whether that succeeds or not. */
static void try(struct archive_builder *builder, enum layer_form form,
                const char *what)
{
    struct layer_apply_options options = {.form = form};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;

    if (apply(builder, &options, "root", &result, &err) < 0)
        tap_note("%s: %s", what, ch_error_text(&err));
    ch_error_clear(&err);
    check_outside(what);
}

static void add_attack(struct archive_builder *builder)
{
    builder_file(builder, "link/new", "evil");
    builder_file(builder, "link/dir/new", "evil");
    builder_directory(builder, "link/dir/new/er");
    builder_file(builder, "link/.wh.file", "");
    builder_file(builder, "link/dir/.wh..wh..opq", "");
    builder_file(builder, ".wh.link", "");
}

static void attack_by_own(const char *target, enum layer_form form)
{
    struct archive_builder builder = {0};

    make_fresh("root");
    builder_symlink(&builder, "link", target);
    add_attack(&builder);
    try(&builder, form, "a symlink of its own");

    make_fresh("root");
    builder_file(&builder, "dir/x", "x");
    builder_symlink(&builder, "dir", target);
    builder_file(&builder, "dir/.wh.file", "");
    builder_file(&builder, "dir/dir/.wh.file", "");
    builder_file(&builder, "dir/.wh..wh..opq", "");
    try(&builder, form, "a directory replaced by a symlink");

    make_fresh("root");
    builder_file(&builder, "link/.wh.file", "");
    builder_file(&builder, "link/.wh..wh..opq", "");
    builder_file(&builder, ".wh.link", "");
    builder_symlink(&builder, "link", target);
    try(&builder, form, "a symlink that comes after the whiteouts");
}

/* What a hard link names leads outside, or to nothing but itself. */
static void attack_by_hardlinks(const char *target, enum layer_form form)
{
    struct archive_builder builder = {0};

    make_fresh("root");
    builder_symlink(&builder, "link", target);
    builder_hardlink(&builder, "stolen", "link/file");
    builder_file(&builder, "stolen", "evil");
    try(&builder, form, "a hard link to a file below a symlink");

    make_fresh("root");
    builder_symlink(&builder, "link", target);
    builder_hardlink(&builder, "second", "link");
    add_attack(&builder);
    builder_file(&builder, "second/new", "evil");
    builder_file(&builder, "second/.wh.file", "");
    try(&builder, form, "a hard link to a symlink");

    make_fresh("root");
    builder_symlink(&builder, "link", target);
    builder_file(&builder, "own", "evil");
    builder_hardlink(&builder, "link/new", "own");
    try(&builder, form, "a hard link made below a symlink");

    make_fresh("root");
    builder_hardlink(&builder, "a", "b");
    builder_hardlink(&builder, "b", "a");
    builder_hardlink(&builder, "c", "c");
    try(&builder, form, "hard links to each other");
}

static void attack_by_older(const char *target)
{
    struct archive_builder builder = {0};

    make_fresh("root");
    builder_symlink(&builder, "link", target);
    builder_file(&builder, "dir/sub/x", "x");
    must_apply(&builder, LAYER_FLAT, "root", NULL, "a layer with a symlink");
    add_attack(&builder);
    try(&builder, LAYER_FLAT, "a symlink of an older layer");

    make_fresh("root");
    builder_directory(&builder, "dir");
    builder_symlink(&builder, "dir/link", target);
    must_apply(&builder, LAYER_FLAT, "root", NULL, "a symlink further down");
    builder_file(&builder, "dir/.wh..wh..opq", "");
    builder_file(&builder, ".wh.dir", "");
    try(&builder, LAYER_FLAT, "deleting an older symlink");

    make_fresh("root");
    builder_symlink(&builder, "older", target);
    must_apply(&builder, LAYER_FLAT, "root", NULL, "a symlink");
    builder_symlink(&builder, "link", "older");
    add_attack(&builder);
    try(&builder, LAYER_FLAT, "a symlink to an older layer's");
}

static void attack(const char *target)
{
    attack_by_own(target, LAYER_OVERLAY);
    attack_by_own(target, LAYER_FLAT);
    attack_by_hardlinks(target, LAYER_OVERLAY);
    attack_by_hardlinks(target, LAYER_FLAT);
    attack_by_older(target);
}

int main(void)
{
    char here[4000];
    CLEANUP_FREE char *directory = NULL;

    scratch_enter();
    make_outside();
    if (!getcwd(here, sizeof(here)) ||
        asprintf(&directory, "%s/outside", here) < 0)
        give_up("find", "outside");
    attack("../outside");
    attack(directory);
    attack("../../../../../../../../../proc/self/cwd/outside");
    scratch_leave();
    return tap_done();
}
