/* An archive that makes a symlink to a place outside and then writes through
   it, in all the ways there are: nothing outside may change. Every tar library
   has had this bug at least once. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

/* Below "outside"; the archives are unpacked beside it. */
static void make_outside(void)
{
    make_directory("outside/dir");
    make_file("outside/file", "untouched");
    if (chmod("outside/file", 0640) < 0 || chmod("outside/dir", 0750) < 0)
        give_up("chmod", "outside");
}

static void check_outside(const char *what)
{
    struct stat file, dir;

    OK(has_content("outside/file", "untouched") &&
           look_at("outside/file", &file) && (file.st_mode & 07777) == 0640 &&
           file.st_nlink == 1 && file.st_mtime != 1 &&
           file.st_mtime != 1000000000,
       "%s: the file outside is as it was", what);
    OK(look_at("outside/dir", &dir) && (dir.st_mode & 07777) == 0750 &&
           dir.st_nlink == 2 && dir.st_mtime != 1 && dir.st_mtime != 1000000000,
       "%s: the directory outside is as it was", what);
    OK(!exists("outside/new") && !exists("outside/dir/new"),
       "%s: nothing new is outside", what);
}

/* Unpack, whether that succeeds or not. */
static void try(struct archive_builder *builder, const char *what)
{
    const struct member_options options = {.strip = ""};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;

    if (unpack(builder, &options, &stats, &err) < 0)
        tap_note("%s: %s", what, ch_error_text(&err));
    ch_error_clear(&err);
    check_outside(what);
}

/* `target` leads to the directory outside, `file_target` to the file in it. */
static void attack_contents(const char *target, const char *file_target)
{
    struct archive_builder builder = {0};

    builder_symlink(&builder, "link", target);
    builder_file(&builder, "link/new", "evil");
    builder_file(&builder, "link/file", "evil");
    try(&builder, "files below a symlink");

    builder_symlink(&builder, "link", file_target);
    builder_file(&builder, "link", "evil");
    try(&builder, "a file over a symlink to a file");

    builder_symlink(&builder, "a", target);
    builder_symlink(&builder, "b", "a/dir");
    builder_file(&builder, "b/new", "evil");
    try(&builder, "a chain of symlinks");

    builder_symlink(&builder, "link", target);
    builder_directory(&builder, "link");
    add_mode(&builder, TAR_DIRECTORY, "link/dir", 0777);
    builder_directory(&builder, "link/new");
    try(&builder, "directories below a symlink");

    builder_symlink(&builder, "link", target);
    builder_symlink(&builder, "link/new", "anything");
    add_mode(&builder, TAR_FIFO, "link/new", 0666);
    try(&builder, "symlinks and FIFOs below a symlink");
}

static void attack_by_hardlinks(const char *target, const char *file_target)
{
    struct archive_builder builder = {0};

    builder_symlink(&builder, "link", target);
    builder_hardlink(&builder, "stolen", "link/file");
    try(&builder, "a hard link to a file below a symlink");

    builder_symlink(&builder, "link", file_target);
    builder_hardlink(&builder, "stolen", "link");
    builder_file(&builder, "stolen", "evil");
    try(&builder, "a hard link to a symlink, written to");

    builder_symlink(&builder, "link", target);
    builder_file(&builder, "own", "evil");
    builder_hardlink(&builder, "link/new", "own");
    try(&builder, "a hard link made below a symlink");
}

static void attack_by_replacement(const char *target)
{
    struct archive_builder builder = {0};

    builder_symlink(&builder, "link", target);
    builder_file(&builder, "link/dir", "evil");
    try(&builder, "a directory below a symlink replaced");

    add_mode(&builder, TAR_DIRECTORY, "dir", 0777);
    builder_file(&builder, "dir/x", "x");
    builder_symlink(&builder, "dir", target);
    builder_file(&builder, "dir/new", "evil");
    try(&builder, "a directory replaced by a symlink");

    add_mode(&builder, TAR_DIRECTORY, "up/dir", 0777);
    builder_symlink(&builder, "up", target);
    try(&builder, "a parent replaced before its attributes are set");

    builder_symlink(&builder, "dir", target);
    builder_file(&builder, "x", "x");
    builder_file(&builder, "dir", "now a file");
    builder_directory(&builder, "dir");
    builder_symlink(&builder, "dir/link", target);
    builder_file(&builder, "dir/link/new", "evil");
    try(&builder, "a symlink replaced to and fro");
}

static void attack(const char *target, const char *file_target)
{
    attack_contents(target, file_target);
    attack_by_hardlinks(target, file_target);
    attack_by_replacement(target);
}

int main(void)
{
    char here[4000];
    CLEANUP_FREE char *directory = NULL, *file = NULL;

    scratch_enter();
    make_outside();
    if (!getcwd(here, sizeof(here)) ||
        asprintf(&directory, "%s/outside", here) < 0 ||
        asprintf(&file, "%s/outside/file", here) < 0)
        give_up("find", "outside");
    attack("../outside", "../outside/file");
    attack(directory, file);
    attack("../../../../../../../../../../../../tmp/../proc/self/cwd/outside",
           "/proc/self/cwd/outside/file");
    scratch_leave();
    return tap_done();
}
