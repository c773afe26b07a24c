#include "config.h"

#include "core/tar_create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/archive_input.h"
#include "core/cleanup.h"
#include "core/tar_extract.h"
#include "scratch.h"
#include "tap.h"

static const struct tar_create_options PLAIN = {.compression =
                                                    COMPRESSION_NONE};
static const struct tar_create_options XATTRS = {.xattrs = true};

static int create(const char *tree, const char *archive,
                  const struct tar_create_options *options,
                  struct member_stats *stats, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        open(archive, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    return tar_create(tree, fd, options, NULL, stats, err);
}

static void must_create(const char *tree, const char *archive,
                        const struct tar_create_options *options)
{
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;

    if (!OK(!create(tree, archive, options, &stats, &err),
            "tar_create() makes %s of %s", archive, tree))
        tap_note("%s", ch_error_text(&err));
    ch_error_clear(&err);
}

static bool is_same_file(const char *left, const char *right)
{
    size_t left_length = 0, right_length = 1;
    CLEANUP_FREE char *left_text = read_text(left, &left_length);
    CLEANUP_FREE char *right_text = read_text(right, &right_length);

    return left_length == right_length &&
           !memcmp(left_text, right_text, left_length);
}

static void make_tree(const char *root)
{
    const struct timespec times[] = {{1, 0}, {1234567890, 5}};
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/usr/bin", root);
    make_directory(path);
    if (chdir(root) < 0)
        give_up("enter", root);
    make_file("usr/bin/sh", "shell");
    make_symlink("usr/bin", "bin");
    make_file("A", "");
    make_file("caf\xe9\n", "latin");
    make_directory("a.b");
    make_directory("a");
    make_file("a/z", "z");
    if (link("usr/bin/sh", "usr/bin/dash") < 0 || link("bin", "bin2") < 0 ||
        mkfifo("fifo", 0640) < 0 || chmod("usr/bin/sh", 0751) < 0 ||
        chmod("a", 01777) < 0 || utimensat(AT_FDCWD, "a", times, 0) < 0 ||
        chdir("..") < 0)
        give_up("make", root);
}

static void test_members(void)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    CLEANUP_BUFFER struct buffer lines = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry;

    must_create("tree", "tree.tar", &PLAIN);
    if (archive_input_open(&input, "tree.tar", NULL, &err) < 0)
        give_up("open", "tree.tar");
    while (archive_input_next(input, &entry, &err) > 0) {
        const char *hard = archive_entry_hardlink(entry);
        const char *soft = archive_entry_symlink(entry);

        if (buffer_printf(&lines, "%s%s%s %o\n", archive_entry_pathname(entry),
                          hard   ? "="
                          : soft ? ">"
                                 : "",
                          hard   ? hard
                          : soft ? soft
                                 : "",
                          (unsigned)archive_entry_perm(entry)) < 0)
            give_up("list", "tree.tar");
    }
    IS(lines.data,
       "A 644\na/ 1777\na/z 644\na.b/ 755\nbin>usr/bin 777\nbin2=bin 777\n"
       "caf\xe9\n 644\nfifo 640\nusr/ 755\nusr/bin/ 755\nusr/bin/dash 751\n"
       "usr/bin/sh=usr/bin/dash 751\n",
       "tar_create() lists members in the order of their bytes");
    ch_error_clear(&err);
}

static void test_same_bytes(void)
{
    static const char *const compare[] = {
        "sh", "-c", "tar -tvf tree.tar >listing && ! grep -v ' 0/0 ' listing",
        NULL};
    const struct tar_create_options gzip = {.compression = COMPRESSION_GZIP};

    must_create("tree", "again.tar", &PLAIN);
    OK(is_same_file("tree.tar", "again.tar"),
       "tar_create() makes the same bytes again");
    must_create("tree", "one.tgz", &gzip);
    (void)sleep(1);
    must_create("tree", "two.tgz", &gzip);
    OK(is_same_file("one.tgz", "two.tgz"),
       "tar_create() makes the same gzip file a second later");
    OK(run_program(compare, NULL) == 0, "tar_create() makes root the owner");
}

static void test_return(void)
{
    const struct member_options options = {.strip = ""};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    struct stat st, other;

    make_directory("back");
    OK(!tar_extract("tree.tar", "back", &options, NULL, &stats, &err),
       "tar_extract() takes what tar_create() made");
    must_create("back", "back.tar", &PLAIN);
    OK(is_same_file("tree.tar", "back.tar"),
       "tar_create() makes the same of what was unpacked");
    OK(look_at("back/usr/bin/sh", &st) &&
           look_at("back/usr/bin/dash", &other) && st.st_ino == other.st_ino &&
           (st.st_mode & 07777) == 0751,
       "tar_create() keeps hard links and modes");
    OK(look_at("back/a", &st) && st.st_mtime == 1234567890,
       "tar_create() keeps times");
    ch_error_clear(&err);
}

/* What other programs make of it. */
static void test_readers(void)
{
    static const char *const READERS[][4] = {
        {"tar", "tar -C with-tar -xpf tree.tar", "with-tar", NULL},
        {"bsdtar", "bsdtar -C with-bsdtar -xpf tree.tar", "with-bsdtar", NULL},
        {"python3",
         "python3 -c 'import tarfile; "
         "tarfile.open(\"tree.tar\", errors=\"surrogateescape\")"
         ".extractall(\"with-python\")'",
         "with-python", NULL},
    };
    size_t i;

    for (i = 0; i < sizeof(READERS) / sizeof(READERS[0]); i++) {
        const char *const argv[] = {"sh", "-c", READERS[i][1], NULL};
        const char *const diff[] = {"diff", "-r",          "--no-dereference",
                                    "with", READERS[i][2], NULL};

        if (!have_program(READERS[i][0])) {
            tap_skip("not installed", "%s reads the archive", READERS[i][0]);
            continue;
        }
        make_directory(READERS[i][2]);
        OK(run_program(argv, NULL) == 0, "%s reads the archive", READERS[i][0]);
        /* diff(1) says that FIFOs differ: compare without. */
        (void)unlink("back/fifo");
        if (i == 0 && rename("back", "with") < 0)
            give_up("rename", "back");
        {
            char fifo[64];

            (void)snprintf(fifo, sizeof(fifo), "%s/fifo", READERS[i][2]);
            OK(exists(fifo) && !unlink(fifo), "%s finds the FIFO",
               READERS[i][0]);
        }
        OK(run_program(diff, NULL) == 0, "%s finds all of it", READERS[i][0]);
    }
}

static void test_sparse(void)
{
    const struct member_options options = {.strip = ""};
    struct member_stats stats = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct stat st;
    int fd;

    make_directory("holes");
    fd = open("holes/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || ftruncate(fd, 3 << 20) < 0 ||
        pwrite(fd, "hello", 5, 1 << 20) != 5 ||
        pwrite(fd, "end", 3, (3 << 20) + 100) != 3 || close(fd) < 0)
        give_up("make", "holes/file");
    if (look_at("holes/file", &st) && st.st_blocks * 512 >= st.st_size) {
        tap_skip("no sparse files here", "tar_create() keeps holes");
        return;
    }
    OK(!create("holes", "holes.tar", &PLAIN, &stats, &err) &&
           stats.bytes < 100000 && look_at("holes.tar", &st) &&
           st.st_size < 100000,
       "tar_create() leaves out holes");
    make_directory("holes-back");
    OK(!tar_extract("holes.tar", "holes-back", &options, NULL, &stats, &err) &&
           is_same_file("holes/file", "holes-back/file"),
       "tar_create() keeps what is between them");
    ch_error_clear(&err);
}

static void test_xattrs(void)
{
    const struct member_options options = {.strip = "", .xattrs = true};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    char value[8] = "";

    make_directory("noted/dir");
    make_file("noted/file", "x");
    if (setxattr("noted/dir", "user.b", "1", 1, 0) < 0) {
        tap_skip("no user attributes here", "tar_create() keeps xattrs");
        return;
    }
    (void)setxattr("noted/file", "user.a", "\0x", 2, 0);
    must_create("noted", "noted.tar", &XATTRS);
    make_directory("noted-back");
    OK(!tar_extract("noted.tar", "noted-back", &options, NULL, &stats, &err) &&
           getxattr("noted-back/dir", "user.b", value, 8) == 1 &&
           getxattr("noted-back/file", "user.a", value, 8) == 2 &&
           !memcmp(value, "\0x", 2),
       "tar_create() keeps extended attributes");

    (void)setxattr("noted/file", "user.x=y", "1", 1, 0);
    OK(create("noted", "noted.tar", &XATTRS, &stats, &err) < 0,
       "tar_create() refuses \"=\" in an attribute's name");
    OK(!create("noted", "noted.tar", &PLAIN, &stats, &err),
       "tar_create() leaves them out unless asked");
    ch_error_clear(&err);
}

static void test_left_out(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX,
                                  .sun_path = "odd/socket"};
    struct member_stats stats = {0};
    struct ch_error err = CH_ERROR_INIT;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    make_directory("odd");
    make_file("odd/file", "12345");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        give_up("make", "odd/socket");
    (void)close(fd);
    OK(!create("odd", "odd.tar", &PLAIN, &stats, &err) && stats.entries == 1 &&
           stats.bytes == 5,
       "tar_create() leaves out sockets and counts the rest");
    ch_error_clear(&err);
}

static void test_additions(void)
{
    static const char *const directories[] = {"dev", "var", "var/tmp", NULL};
    static const char *const files[] = {"var/empty", NULL};
    static const char *const list[] = {"tar", "-tvf", "added.tar", NULL};
    const struct tar_create_options options = {.directories = directories,
                                               .files = files};
    CLEANUP_FREE char *text = NULL;

    make_directory("bare");
    make_file("bare/zz", "");
    must_create("bare", "added.tar", &options);
    OK(run_program(list, "listing") == 0, "tar reads what was added");
    text = read_text("listing", NULL);
    OK(text && strstr(text, "-rw-r--r-- 0/0") && strstr(text, " dev/\n") &&
           strstr(text, " var/\n") && strstr(text, " var/tmp/\n") &&
           strstr(text, " var/empty\n"),
       "tar_create() adds what the tree lacks");
}

static void test_depth(void)
{
    enum { DEPTH = 2500 };
    struct member_stats stats = {0};
    struct ch_error err = CH_ERROR_INIT;
    int fd, i;

    make_directory("deep");
    fd = open("deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (i = 0; i < DEPTH && fd >= 0; i++) {
        int next;

        (void)mkdirat(fd, "dd", 0755);
        next = openat(fd, "dd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
    OK(!create("deep", "deep.tar", &PLAIN, &stats, &err) &&
           stats.entries == DEPTH,
       "tar_create() goes %d levels down", DEPTH);
    ch_error_clear(&err);
}

static void test_failures(void)
{
    struct member_stats stats;
    struct ch_control control = {.cancelled = 1};
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_CLOSE int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    OK(create("none", "x.tar", &PLAIN, &stats, &err) < 0,
       "tar_create() fails if there is nothing");
    IS(ch_error_text(&err), "cannot read \"none\": No such file or directory",
       "tar_create() says so");
    OK(tar_create("tree", fd, &PLAIN, &control, &stats, &err) < 0 &&
           err.errnum == ECANCELED,
       "tar_create() stops when told to");
    make_directory("secret/dir");
    make_file("secret/dir/file", "x");
    if (chmod("secret/dir/file", 0) < 0)
        give_up("chmod", "secret/dir/file");
    if (!geteuid()) {
        tap_skip("root can read all", "tar_create() says what it cannot read");
    } else {
        OK(create("secret", "x.tar", &PLAIN, &stats, &err) < 0 &&
               err.errnum == EACCES,
           "tar_create() fails for a file it cannot read");
        IS(ch_error_text(&err), "cannot read \"dir/file\": Permission denied",
           "tar_create() says what it cannot read");
    }
    ch_error_clear(&err);
}

int main(void)
{
    int before;

    scratch_enter();
    before = open_descriptors();
    make_tree("tree");
    test_members();
    test_same_bytes();
    test_return();
    test_readers();
    test_sparse();
    test_xattrs();
    test_left_out();
    test_additions();
    test_depth();
    test_failures();
    OK(open_descriptors() == before, "tar_create() leaves no descriptor open");
    scratch_leave();
    return tap_done();
}
