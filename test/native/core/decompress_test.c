#include "config.h"

#include "core/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

#define CONTENT_SIZE 1000000

/* Text that compresses, but not to nothing. */
static void make_content(struct buffer *content)
{
    unsigned number = 1;

    while (content->length < CONTENT_SIZE) {
        number = number * 1103515245 + 12345;
        if (buffer_printf(content, "%u\n", number >> 8 & 0xffff) < 0)
            give_up("make", "content");
    }
    buffer_truncate(content, CONTENT_SIZE);
}

/* Read all of `path`. Returns 0 or -1. */
static int read_all(const char *path, struct ch_control *control,
                    struct buffer *content, struct ch_error *err)
{
    struct decompressor *decompressor;
    const void *data;
    ssize_t length;

    if (decompressor_open(&decompressor, path, control, err) < 0)
        return -1;
    while ((length = decompressor_read(decompressor, &data, err)) > 0)
        if (buffer_append(content, data, (size_t)length) < 0)
            give_up("keep", path);
    decompressor_close(decompressor);
    return (int)length;
}

static void check(const char *path, const struct buffer *wanted,
                  const char *what)
{
    CLEANUP_BUFFER struct buffer found = {0};
    struct ch_control control = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct stat st;
    int status = read_all(path, &control, &found, &err);

    if (!OK(status == 0 && found.length == wanted->length &&
                !memcmp(found.data, wanted->data, found.length),
            "decompressor_read() reads %s", what))
        tap_note("%zu bytes; %s", found.length, ch_error_text(&err));
    OK(look_at(path, &st) && control.done <= st.st_size && control.done > 0,
       "decompressor_read() counts the bytes of %s", what);
    ch_error_clear(&err);
}

static void refuse(const char *path, const char *message, const char *what)
{
    CLEANUP_BUFFER struct buffer found = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(read_all(path, NULL, &found, &err) < 0, "decompressor_read() refuses %s",
       what);
    if (!OK(err.message && strstr(err.message, message),
            "decompressor_read() says \"%s\" of %s", message, what))
        tap_note("%s", ch_error_text(&err));
    OK(err.hint != NULL, "decompressor_read() says what to do about %s", what);
    ch_error_clear(&err);
}

/* `first`, then `length` bytes of `second`. */
static void concatenate(const char *first, const char *second, size_t length,
                        const char *path)
{
    CLEANUP_BUFFER struct buffer both = {0};
    size_t first_length, second_length;
    CLEANUP_FREE char *head = read_text(first, &first_length);
    CLEANUP_FREE char *tail = read_text(second, &second_length);

    if (!head || !tail || length > second_length ||
        buffer_append(&both, head, first_length) < 0 ||
        buffer_append(&both, tail, length) < 0)
        give_up("concatenate", first);
    make_bytes(path, both.data, both.length);
}

static size_t size_of(const char *path)
{
    struct stat st;

    return look_at(path, &st) ? (size_t)st.st_size : 0;
}

/* Change a byte `from_end` before the end. */
static void damage(const char *from, size_t from_end, const char *path)
{
    size_t length;
    CLEANUP_FREE char *bytes = read_text(from, &length);

    if (!bytes)
        give_up("read", from);
    bytes[length - from_end] ^= 1;
    make_bytes(path, bytes, length);
}

static void test_format(const char *program, const struct buffer *content)
{
    const char *const argv[] = {program, "-kc", "content", NULL};
    CLEANUP_BUFFER struct buffer twice = {0};
    char what[64];

    if (run_program(argv, "packed") != 0) {
        tap_skip("no such program", "decompressor_read() and %s", program);
        return;
    }
    check("packed", content, program);

    concatenate("packed", "packed", size_of("packed"), "two");
    if (buffer_append(&twice, content->data, content->length) < 0 ||
        buffer_append(&twice, content->data, content->length) < 0)
        give_up("double", "content");
    (void)snprintf(what, sizeof(what), "two streams of %s", program);
    check("two", &twice, what);

    concatenate("empty", "packed", size_of("packed") / 2, "half");
    (void)snprintf(what, sizeof(what), "half a file of %s", program);
    refuse("half", "cannot read \"half\": ", what);
    damage("packed", size_of("packed") / 2, "damaged");
    (void)snprintf(what, sizeof(what), "a damaged file of %s", program);
    refuse("damaged", "cannot read \"damaged\": corrupt", what);
}

static void test_gzip(const struct buffer *content)
{
    const char *const argv[] = {"gzip", "-kc", "content", NULL};

    if (run_program(argv, "packed") != 0)
        give_up("start", "gzip");
    damage("packed", 5, "checksum");
    refuse("checksum", "corrupt gzip data (incorrect data check)",
           "a wrong checksum");
    damage("packed", 1, "length");
    refuse("length", "corrupt gzip data (incorrect ", "a wrong length");
    concatenate("empty", "packed", size_of("packed") - 1, "short");
    refuse("short", "gzip data ends early", "a trailer that is cut");
    make_bytes("zeros", "\0\0\0\0\0\0\0\0", 8);
    concatenate("packed", "zeros", 8, "padded");
    check("padded", content, "zeros behind gzip");
    concatenate("packed", "content", 100, "garbage");
    check("garbage", content, "garbage behind gzip");
}

static void test_plain(const struct buffer *content)
{
    struct decompressor *decompressor;
    struct ch_error err = CH_ERROR_INIT;
    struct ch_control control = {0};
    const void *data;
    ssize_t length;

    check("content", content, "a plain file");
    if (decompressor_open(&decompressor, "content", &control, &err) < 0)
        give_up("open", "content");
    OK(decompressor_skip(decompressor, 1000) == 0,
       "decompressor_skip() does not skip what was read already");
    length = decompressor_read(decompressor, &data, &err);
    OK(decompressor_skip(decompressor, 1000) == 1000,
       "decompressor_skip() skips in a plain file");
    OK(decompressor_skip(decompressor, CONTENT_SIZE) == 0,
       "decompressor_skip() does not skip behind the end");
    OK(decompressor_read(decompressor, &data, &err) > 0 &&
           !memcmp(data, content->data + length + 1000, 100),
       "decompressor_read() goes on behind what was skipped");
    decompressor_close(decompressor);
    ch_error_clear(&err);
}

static void test_pipe(const struct buffer *content)
{
    CLEANUP_BUFFER struct buffer found = {0};
    struct ch_error err = CH_ERROR_INIT;
    pid_t pid;

    if (mkfifo("fifo", 0600) < 0)
        give_up("make", "fifo");
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        execlp("sh", "sh", "-c", "gzip -c content >fifo", NULL);
        _exit(127);
    }
    OK(!read_all("fifo", NULL, &found, &err) && found.length == content->length,
       "decompressor_read() reads from a pipe");
    (void)waitpid(pid, NULL, 0);
    ch_error_clear(&err);
}

static void test_failures(void)
{
    CLEANUP_BUFFER struct buffer found = {0};
    struct ch_control control = {.cancelled = 1};
    struct ch_error err = CH_ERROR_INIT;

    OK(read_all("none", NULL, &found, &err) < 0 && err.errnum == ENOENT,
       "decompressor_open() fails if there is nothing");
    IS(ch_error_text(&err), "cannot open \"none\": No such file or directory",
       "decompressor_open() says so");
    OK(read_all(".", NULL, &found, &err) < 0 && err.errnum == EISDIR,
       "decompressor_open() does not take a directory");
    OK(read_all("content", &control, &found, &err) < 0 &&
           err.errnum == ECANCELED,
       "decompressor_open() stops when told to");
    ch_error_clear(&err);
}

int main(void)
{
    static const char *const PROGRAMS[] = {"gzip", "xz", "bzip2", "zstd"};
    CLEANUP_BUFFER struct buffer content = {0};
    int before;
    size_t i;

    scratch_enter();
    before = open_descriptors();
    make_content(&content);
    make_bytes("content", content.data, content.length);
    make_file("empty", "");
    for (i = 0; i < sizeof(PROGRAMS) / sizeof(PROGRAMS[0]); i++)
        test_format(PROGRAMS[i], &content);
    test_gzip(&content);
    test_plain(&content);
    test_pipe(&content);
    test_failures();
    OK(open_descriptors() == before,
       "decompressor_close() leaves no descriptor open");
    scratch_leave();
    return tap_done();
}
