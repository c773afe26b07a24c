#include "config.h"

#include "core/tree_delete.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static void check(const char *name, const char *what)
{
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!OK(!tree_delete(AT_FDCWD, name, &err) && !exists(name),
            "tree_delete() deletes %s", what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before, "tree_delete() leaves none open, %s",
       what);
    ch_error_clear(&err);
}

static void test_kinds(void)
{
    make_file("file", "");
    check("file", "a file");
    check("nothing", "what is not there");
    make_directory("empty");
    check("empty", "an empty directory");
    make_directory("full/a/b/c");
    make_file("full/a/b/file", "");
    if (mkfifo("full/a/fifo", 0) < 0)
        give_up("make", "fifo");
    check("full", "a tree");
}

static void test_symlinks(void)
{
    make_directory("kept/dir");
    make_file("kept/file", "x");
    make_symlink("kept", "link");
    check("link", "a symlink to a directory");
    make_directory("tree");
    make_symlink("../kept", "tree/link");
    make_symlink("../kept/file", "tree/file");
    make_symlink("/nowhere", "tree/dangling");
    check("tree", "a tree of symlinks");
    OK(exists("kept/dir") && has_content("kept/file", "x"),
       "tree_delete() follows no symlink");
}

static void test_modes(void)
{
    make_directory("closed/none/dir");
    make_file("closed/none/file", "");
    make_directory("closed/read/dir");
    make_directory("closed/search/dir");
    if (chmod("closed/none", 0) < 0 || chmod("closed/read", 0400) < 0 ||
        chmod("closed/search", 0100) < 0 || chmod("closed", 0500) < 0)
        give_up("chmod", "closed");
    check("closed", "directories closed to their owner");
}

static void test_depth(void)
{
    enum { DEPTH = 5000 };
    int fd, i;

    make_directory("deep");
    fd = open("deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (i = 0; i < DEPTH && fd >= 0; i++) {
        int next;

        (void)mkdirat(fd, "directory", 0755);
        (void)close(openat(fd, "file", O_CREAT | O_WRONLY, 0644));
        next = openat(fd, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
    check("deep", "5000 levels");
}

static void test_many(void)
{
    int i, fd;

    make_directory("many");
    fd = open("many", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (i = 0; i < 20000; i++) {
        char name[] = "file00000";

        name[4] += (char)(i / 10000 % 10);
        name[5] += (char)(i / 1000 % 10);
        name[6] += (char)(i / 100 % 10);
        name[7] += (char)(i / 10 % 10);
        name[8] += (char)(i % 10);
        (void)close(openat(fd, name, O_CREAT | O_WRONLY, 0644));
    }
    (void)close(fd);
    check("many", "20000 files");
}

/* Somebody else's file in a directory where only owners may delete. */
static void test_denied(void)
{
    struct ch_error err = CH_ERROR_INIT;

    if (!geteuid()) {
        tap_skip("root may delete it", "tree_delete() says what it may not do");
        return;
    }
    OK(tree_delete(AT_FDCWD, "/etc/passwd", &err) < 0 && err.errnum == EACCES,
       "tree_delete() fails where it may not delete");
    IS(ch_error_text(&err), "cannot delete \"/etc/passwd\": Permission denied",
       "tree_delete() says what it may not do");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_kinds();
    test_symlinks();
    test_modes();
    test_depth();
    test_many();
    test_denied();
    scratch_leave();
    return tap_done();
}
