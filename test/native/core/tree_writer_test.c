/* What becomes of members that get into each other's way. */

#include "config.h"

#include "core/tree_writer.h"

#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static void test_twice(void)
{
    struct archive_builder builder = {0};
    struct stat st;

    builder_file(&builder, "file", "first and long");
    builder_hardlink(&builder, "hard", "file");
    builder_file(&builder, "file", "second");
    builder_symlink(&builder, "link", "file");
    builder_file(&builder, "link", "third");
    builder_symlink(&builder, "link2", "one");
    builder_symlink(&builder, "link2", "two");
    builder_hardlink(&builder, "file", "file");
    add_mode(&builder, TAR_FIFO, "hard2", 0600);
    builder_hardlink(&builder, "hard2", "file");
    must_unpack(&builder, "names that come twice");
    OK(has_content("out/file", "second"), "tar_extract() lets the newer win");
    OK(has_content("out/hard", "first and long"),
       "tar_extract() replaces a name, not what other names share");
    OK(has_content("out/link", "third") && has_content("out/file", "second"),
       "tar_extract() replaces a symlink, not what it leads to");
    OK(is_symlink_to("out/link2", "two"), "tar_extract() replaces symlinks");
    OK(has_content("out/hard2", "second") && look_at("out/hard2", &st) &&
           st.st_nlink == 2,
       "tar_extract() replaces by hard links");
}

static void test_directory_twice(void)
{
    struct archive_builder builder = {0};
    struct stat st;

    add_mode(&builder, TAR_DIRECTORY, "dir", 0700);
    builder_file(&builder, "dir/file", "kept");
    add_mode(&builder, TAR_DIRECTORY, "dir", 0711);
    must_unpack(&builder, "a directory that comes twice");
    OK(look_at("out/dir", &st) && (st.st_mode & 07777) == 0711 &&
           has_content("out/dir/file", "kept"),
       "tar_extract() takes the newer attributes and keeps what is there");

    builder_directory(&builder, "dir");
    builder_file(&builder, "dir/sub/file", "old");
    builder_file(&builder, "dir", "now a file");
    must_unpack(&builder, "a file in place of a directory");
    OK(has_content("out/dir", "now a file"),
       "tar_extract() replaces a directory by a file");

    builder_file(&builder, "dir", "a file");
    builder_file(&builder, "dir/file", "below it");
    must_unpack(&builder, "a directory in place of a file");
    OK(has_content("out/dir/file", "below it"),
       "tar_extract() replaces a file by a directory");

    builder_file(&builder, "dir/old", "1");
    builder_symlink(&builder, "dir", "other");
    builder_directory(&builder, "other");
    builder_file(&builder, "dir/new", "2");
    must_unpack(&builder, "a symlink in place of a directory");
    OK(is_symlink_to("out/dir", "other") && has_content("out/other/new", "2") &&
           !exists("out/other/old"),
       "tar_extract() forgets where a replaced directory was");
}

static void test_merged_usr(void)
{
    struct archive_builder builder = {0};
    struct stat st;

    builder_directory(&builder, "usr/bin");
    builder_symlink(&builder, "bin", "usr/bin");
    builder_symlink(&builder, "sbin", "/usr/bin");
    add_mode(&builder, TAR_DIRECTORY, "bin", 0700);
    builder_directory(&builder, "sbin");
    builder_file(&builder, "bin/sh", "shell");
    builder_file(&builder, "sbin/init", "init");
    builder_hardlink(&builder, "bin/dash", "sbin/init");
    builder_hardlink(&builder, "usr/bin/sh", "bin/sh");
    must_unpack(&builder, "directories where there are symlinks");
    OK(is_symlink_to("out/bin", "usr/bin") &&
           is_symlink_to("out/sbin", "/usr/bin"),
       "tar_extract() keeps symlinks that lead to directories");
    OK(has_content("out/usr/bin/sh", "shell") &&
           has_content("out/usr/bin/init", "init") &&
           has_content("out/usr/bin/dash", "init"),
       "tar_extract() writes through them");
    OK(look_at("out/usr/bin", &st) && (st.st_mode & 07777) == 0755,
       "tar_extract() keeps the attributes of what they lead to");

    builder_symlink(&builder, "lib", "nowhere");
    builder_file(&builder, "lib/file", "x");
    must_unpack(&builder, "a name below a dangling symlink");
    OK(look_at("out/lib", &st) && S_ISDIR(st.st_mode) &&
           has_content("out/lib/file", "x"),
       "tar_extract() replaces a dangling symlink by a directory");
}

int main(void)
{
    scratch_enter();
    test_twice();
    test_directory_twice();
    test_merged_usr();
    scratch_leave();
    return tap_done();
}
