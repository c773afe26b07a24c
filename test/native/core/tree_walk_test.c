#include "config.h"

#include "core/tree_walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

static int open_at(int dir_fd, const char *name)
{
    return openat(dir_fd, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Write down what a walk over `root` reports, entering every directory. */
static int record(const char *root, struct buffer *events)
{
    static const char SIGNS[] = {
        [TREE_OTHER] = ' ', [TREE_DIRECTORY] = '>', [TREE_LEAVE] = '<'};
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct tree_node node;
    int status = tree_walk_start(&walk, open_at(AT_FDCWD, root), &err);

    while (status >= 0 && (status = tree_walk_next(&walk, &node, &err)) > 0) {
        if (buffer_printf(events, "%c%s\n", SIGNS[node.event], node.path) < 0)
            give_up("record", node.path);
        if (node.event == TREE_DIRECTORY &&
            tree_walk_enter(&walk, open_at(node.dir_fd, node.name), &err) < 0)
            status = -1;
    }
    if (status < 0)
        tap_note("%s", ch_error_text(&err));
    ch_error_clear(&err);
    return status;
}

static void test_order(void)
{
    CLEANUP_BUFFER struct buffer events = {0};

    make_directory("tree/b/c");
    make_directory("tree/b.d");
    make_file("tree/a", "");
    make_file("tree/b/z", "");
    make_file("tree/b/c/x", "");
    make_file("tree/\xff", "");
    make_file("tree/A", "");
    make_symlink("b", "tree/link");
    OK(record("tree", &events) == 0, "tree_walk_next() ends");
    IS(events.data,
       " A\n a\n>b\n>b/c\n b/c/x\n<b/c\n b/z\n<b\n>b.d\n<b.d\n link\n \xff\n",
       "tree_walk_next() sorts by bytes and does not follow symlinks");
}

static void test_depth(void)
{
    enum { DEPTH = 3000 };
    CLEANUP_BUFFER struct buffer events = {0};
    int before = open_descriptors();
    int fd, i;

    make_directory("deep");
    fd = open_at(AT_FDCWD, "deep");
    for (i = 0; i < DEPTH && fd >= 0; i++) {
        int next;

        (void)mkdirat(fd, "dd", 0755);
        (void)close(openat(fd, "file", O_CREAT | O_WRONLY, 0644));
        next = open_at(fd, "dd");
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
    OK(record("deep", &events) == 0, "tree_walk_next() goes %d levels down",
       DEPTH);
    OK(strstr(events.data, "<dd/dd\n dd/file\n<dd\n file\n"),
       "tree_walk_next() comes back up and goes on there");
    OK(open_descriptors() == before,
       "tree_walk_release() leaves no descriptor open");
}

static void test_moved(void)
{
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct tree_node node;
    char path[256] = "moved";
    int i, status;

    for (i = 0; i < 40; i++)
        strcat(path, "/d");
    make_directory(path);
    make_directory("elsewhere");
    status = tree_walk_start(&walk, open_at(AT_FDCWD, "moved"), &err);
    while (status >= 0 && (status = tree_walk_next(&walk, &node, &err)) > 0 &&
           node.event == TREE_DIRECTORY)
        status = tree_walk_enter(&walk, open_at(node.dir_fd, node.name), &err);
    if (rename("moved/d/d", "elsewhere/d") < 0)
        give_up("move", "moved/d/d");
    while (status > 0)
        status = tree_walk_next(&walk, &node, &err);
    OK(status < 0, "tree_walk_next() notices that a directory was moved away");
    OK(err.message && strstr(err.message, "it was moved"),
       "tree_walk_next() says so");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_order();
    test_depth();
    test_moved();
    scratch_leave();
    return tap_done();
}
