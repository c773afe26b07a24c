#include "config.h"

#include "core/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

typedef int open_function(int root_fd, const char *path, int flags,
                          mode_t mode);

/* root/ is the root; outside/ must never be reached. */
static int make_tree(void)
{
    int fd;

    make_directory("outside/dir");
    make_file("outside/secret", "secret");
    make_directory("root/etc");
    make_directory("root/usr/bin");
    make_file("root/etc/passwd", "inside");
    make_file("root/usr/bin/sh", "shell");
    make_symlink("/usr/bin", "root/bin");
    make_symlink("../../../../etc/passwd", "root/usr/up");
    make_symlink("/../outside/secret", "root/escape");
    make_symlink("../outside", "root/out");
    make_symlink("loop2", "root/loop1");
    make_symlink("loop1", "root/loop2");
    make_symlink("nowhere", "root/dangling");
    make_symlink("/new/place", "root/dangling-deep");
    make_symlink("etc//./passwd", "root/untidy");
    make_symlink("usr/", "root/slashed");
    make_symlink(".", "root/self");
    fd = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        give_up("open", "root");
    return fd;
}

struct resolution {
    const char *path;
    int flags;
    const char *found; /* below root/; NULL: fails */
    int errnum;
};

static const struct resolution RESOLUTIONS[] = {
    {"etc/passwd", O_RDONLY, "etc/passwd", 0},
    {"/etc/passwd", O_RDONLY, "etc/passwd", 0},
    {"//etc///passwd", O_RDONLY, "etc/passwd", 0},
    {"./etc/./passwd", O_RDONLY, "etc/passwd", 0},
    {"/", O_RDONLY, ".", 0},
    {".", O_RDONLY, ".", 0},
    {"..", O_RDONLY, ".", 0},
    {"../../../..", O_RDONLY, ".", 0},
    {"usr/bin/../../etc/passwd", O_RDONLY, "etc/passwd", 0},
    {"usr/../../../etc/passwd", O_RDONLY, "etc/passwd", 0},
    {"bin/sh", O_RDONLY, "usr/bin/sh", 0},
    {"bin/../bin/sh", O_RDONLY, "usr/bin/sh", 0},
    {"bin/..", O_RDONLY, "usr", 0},
    {"bin/", O_RDONLY, "usr/bin", 0},
    {"bin", O_PATH | O_NOFOLLOW, "bin", 0},
    {"bin/", O_PATH | O_NOFOLLOW, "usr/bin", 0},
    {"bin", O_PATH, "usr/bin", 0},
    {"bin", O_RDONLY | O_DIRECTORY, "usr/bin", 0},
    {"bin", O_RDONLY | O_NOFOLLOW, NULL, ELOOP},
    {"bin", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, NULL, ENOTDIR},
    {"usr/up", O_RDONLY, "etc/passwd", 0},
    {"untidy", O_RDONLY, "etc/passwd", 0},
    {"slashed/bin/sh", O_RDONLY, "usr/bin/sh", 0},
    {"slashed", O_RDONLY, "usr", 0},
    {"self/self/self/etc/passwd", O_RDONLY, "etc/passwd", 0},
    {"escape", O_RDONLY, NULL, ENOENT},
    {"out/secret", O_RDONLY, NULL, ENOENT},
    {"loop1", O_RDONLY, NULL, ELOOP},
    {"loop1/x", O_RDONLY, NULL, ELOOP},
    {"dangling", O_RDONLY, NULL, ENOENT},
    {"etc/passwd/x", O_RDONLY, NULL, ENOTDIR},
    {"etc/passwd/", O_RDONLY, NULL, ENOTDIR},
    {"etc/passwd/..", O_RDONLY, NULL, ENOTDIR},
    {"etc/passwd", O_RDONLY | O_DIRECTORY, NULL, ENOTDIR},
    {"etc/passwd", O_PATH | O_DIRECTORY, NULL, ENOTDIR},
    {"nothing/here", O_RDONLY, NULL, ENOENT},
    {"nothing/../etc", O_RDONLY, NULL, ENOENT},
    {"", O_RDONLY, NULL, ENOENT},
    {"etc/passwd", O_WRONLY | O_CREAT | O_EXCL, NULL, EEXIST},
    {"bin", O_WRONLY | O_CREAT | O_EXCL, NULL, EEXIST},
    {"etc", O_WRONLY | O_CREAT, NULL, EISDIR},
};

static bool is_same(int fd, const char *path)
{
    struct stat left, right;

    return !fstat(fd, &left) && !lstat(path, &right) &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static void test_resolution(const char *name, open_function *open_below,
                            int root_fd, const struct resolution *wanted)
{
    CLEANUP_CLOSE int fd = -1;
    char path[256];

    errno = 0;
    fd = open_below(root_fd, wanted->path, wanted->flags, 0644);
    if (!wanted->found) {
        if (!OK(fd < 0 && errno == wanted->errnum, "%s() refuses \"%s\", %#o",
                name, wanted->path, wanted->flags))
            tap_note("fd %d, %s", fd, strerror(errno));
        return;
    }
    (void)snprintf(path, sizeof(path), "root/%s", wanted->found);
    if (!OK(fd >= 0 && is_same(fd, path), "%s() takes \"%s\", %#o to \"%s\"",
            name, wanted->path, wanted->flags, wanted->found))
        tap_note("fd %d, %s", fd, strerror(errno));
}

static void test_creation(const char *name, open_function *open_below,
                          int root_fd)
{
    CLEANUP_CLOSE int fd = -1, deep = -1;

    fd = open_below(root_fd, "dangling", O_WRONLY | O_CREAT, 0600);
    OK(fd >= 0 && is_same(fd, "root/nowhere"),
       "%s() creates what a dangling symlink leads to", name);
    (void)unlink("root/nowhere");

    deep = open_below(root_fd, "dangling-deep", O_WRONLY | O_CREAT, 0600);
    OK(deep < 0 && errno == ENOENT && !exists("/new/place"),
       "%s() does not create through an absolute symlink outside", name);
}

static void test_link_limit(const char *name, open_function *open_below,
                            int root_fd)
{
    CLEANUP_CLOSE int most = -1, more = -1;
    int i;

    /* chain0 -> etc, chain1 -> chain0, ... */
    for (i = 0; i <= 41; i++) {
        char path[32], target[32];

        (void)snprintf(path, sizeof(path), "root/chain%d", i);
        (void)snprintf(target, sizeof(target), "chain%d", i - 1);
        if (!exists(path))
            make_symlink(i ? target : "etc", path);
    }
    most = open_below(root_fd, "chain39", O_RDONLY, 0);
    OK(most >= 0, "%s() follows 40 symlinks", name);
    more = open_below(root_fd, "chain40", O_RDONLY, 0);
    OK(more < 0 && errno == ELOOP, "%s() does not follow 41 symlinks", name);
}

static void test_depth(const char *name, open_function *open_below, int root_fd)
{
    enum { DEPTH = 1900 };
    char path[2 * DEPTH + 64] = "deep";
    int before = open_descriptors();
    CLEANUP_CLOSE int at = -1, up = -1;
    int i;

    (void)mkdirat(root_fd, "deep", 0755);
    at = openat(root_fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (i = 0; i < DEPTH && at >= 0; i++) {
        int next;

        (void)mkdirat(at, "d", 0755);
        next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(at);
        at = next;
        strcat(path, "/d");
    }
    strcat(path, "/../../d");
    up = open_below(root_fd, path, O_RDONLY, 0);
    OK(up >= 0, "%s() resolves %d levels and back up", name, DEPTH);
    OK(open_descriptors() == before + 2, "%s() leaves no descriptor open",
       name);
}

/* --- a directory that is moved out of the root while it is walked --- */

struct mover {
    atomic_bool stop;
};

static void *move_to_and_fro(void *context)
{
    struct mover *mover = context;

    while (!atomic_load(&mover->stop)) {
        (void)rename("root/moving/a", "outside/a");
        (void)rename("outside/a", "root/moving/a");
    }
    return NULL;
}

static void test_race(const char *name, open_function *open_below, int root_fd)
{
    struct mover mover = {.stop = false};
    pthread_t thread;
    int i, escapes = 0, arrivals = 0;

    make_directory("root/moving/a/b");
    if (pthread_create(&thread, NULL, move_to_and_fro, &mover))
        give_up("start", "thread");
    for (i = 0; i < 20000; i++) {
        CLEANUP_CLOSE int fd =
            open_below(root_fd, "moving/a/b/../../secret", O_RDONLY, 0);
        CLEANUP_CLOSE int arrived =
            open_below(root_fd, "moving/a/b/../../../etc", O_RDONLY, 0);

        escapes += fd >= 0;
        arrivals += arrived >= 0;
    }
    atomic_store(&mover.stop, true);
    (void)pthread_join(thread, NULL);
    OK(escapes == 0, "%s() stays inside while directories move", name);
    tap_note("%d of %d walks arrived", arrivals, i);
}

static void test_too_long(const char *name, open_function *open_below,
                          int root_fd)
{
    CLEANUP_CLOSE int fd = -1;
    char path[5001];

    memset(path, '/', 4095);
    path[4095] = '\0';
    fd = open_below(root_fd, path, O_RDONLY, 0);
    OK(fd >= 0, "%s() takes a path of 4095 bytes", name);
    memset(path, '/', 5000);
    path[5000] = '\0';
    OK(open_below(root_fd, path, O_RDONLY, 0) < 0 && errno == ENAMETOOLONG,
       "%s() refuses a path of 5000 bytes", name);
}

static void test_function(const char *name, open_function *open_below,
                          int root_fd)
{
    size_t i;

    for (i = 0; i < sizeof(RESOLUTIONS) / sizeof(RESOLUTIONS[0]); i++)
        test_resolution(name, open_below, root_fd, &RESOLUTIONS[i]);
    test_creation(name, open_below, root_fd);
    test_link_limit(name, open_below, root_fd);
    test_depth(name, open_below, root_fd);
    test_too_long(name, open_below, root_fd);
    test_race(name, open_below, root_fd);
}

static void test_normalise(void)
{
    static const char *const CASES[][2] = {
        {"a/b", "a/b"},
        {"/a/b/", "a/b"},
        {"./a/./b/.", "a/b"},
        {"a//b///c", "a/b/c"},
        {"", ""},
        {"/", ""},
        {"./", ""},
        {"...", "..."},
        {"..a/b..", "..a/b.."},
        {".a", ".a"},
        {"a\n\xff", "a\n\xff"},
        {"..", NULL},
        {"a/..", NULL},
        {"../a", NULL},
        {"a/../b", NULL},
        {"/../a", NULL},
    };
    size_t i;

    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        CLEANUP_FREE char *found = path_normalise(CASES[i][0]);

        IS(found, CASES[i][1], "path_normalise() cleans case %zu", i);
        if (!found)
            OK(errno == EINVAL, "path_normalise() says EINVAL, case %zu", i);
    }
}

int main(void)
{
    CLEANUP_CLOSE int root_fd = -1;

    scratch_enter();
    root_fd = make_tree();
    test_function("path_open_in_root", path_open_in_root, root_fd);
    test_function("path_walk_in_root", path_walk_in_root, root_fd);
    test_normalise();
    scratch_leave();
    return tap_done();
}
