#include "config.h"

#include "core/tar_output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/archive_input.h"
#include "core/cleanup.h"
#include "core/signal_pipe.h"
#include "scratch.h"
#include "tap.h"

#define MEMBERS 50

/* Write an archive of MEMBERS files, each its number in 10000 lines. */
static int write_archive(int fd, enum compression compression,
                         const struct ch_control *control, struct ch_error *err)
{
    CLEANUP_TAR_OUTPUT struct tar_output *output = NULL;
    int i, line;

    if (tar_output_open(&output, fd, compression, control, err) < 0)
        return -1;
    for (i = 0; i < MEMBERS; i++) {
        struct tar_header header = {
            .type = TAR_FILE, .mode = 0644, .size = 80000};
        char name[16], text[16];

        (void)snprintf(name, sizeof(name), "file%d", i);
        (void)snprintf(text, sizeof(text), "%07d\n", i);
        header.name = name;
        if (tar_output_header(output, &header, err) < 0)
            return -1;
        for (line = 0; line < 10000; line++)
            if (tar_output_data(output, text, 8, err) < 0)
                return -1;
        if (tar_output_end_member(output, header.size, err) < 0)
            return -1;
    }
    return tar_output_finish(output, err);
}

/* Returns how many members are there and right. */
static int count_right(const char *path)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry;
    struct archive_block block;
    int count = 0;

    if (archive_input_open(&input, path, NULL, &err) < 0)
        tap_note("%s", ch_error_text(&err));
    while (input && archive_input_next(input, &entry, &err) > 0) {
        char name[16], text[16];
        int64_t length = 0;

        (void)snprintf(name, sizeof(name), "file%d", count);
        (void)snprintf(text, sizeof(text), "%07d\n", count);
        while (archive_input_read(input, &block, &err) > 0)
            length += (int64_t)block.length;
        count +=
            !strcmp(name, archive_entry_pathname(entry)) && length == 80000;
    }
    ch_error_clear(&err);
    return count;
}

static void test_compression(enum compression compression, const char *name)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *first = NULL, *second = NULL;
    size_t first_length = 0, second_length = 0;
    const char *path;
    int status = 0;

    for (path = "one"; path; path = strcmp(path, "one") ? NULL : "two") {
        CLEANUP_CLOSE int fd =
            open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        status |= write_archive(fd, compression, NULL, &err);
    }
    if (!OK(!status, "tar_output_finish() ends an archive, %s", name))
        tap_note("%s", ch_error_text(&err));
    OK(count_right("one") == MEMBERS, "tar_output_data() writes all, %s", name);
    first = read_text("one", &first_length);
    second = read_text("two", &second_length);
    OK(first && second && first_length == second_length &&
           !memcmp(first, second, first_length),
       "tar_output_finish() makes the same bytes again, %s", name);
    tap_note("%zu bytes", first_length);
    ch_error_clear(&err);
}

static void test_broken_pipe(enum compression compression, const char *name)
{
    struct ch_error err = CH_ERROR_INIT;
    sigset_t pending;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        give_up("make", "pipe");
    (void)close(ends[0]);
    OK(write_archive(ends[1], compression, NULL, &err) < 0 &&
           err.errnum == EPIPE,
       "tar_output_data() fails if nobody reads, %s", name);
    IS(ch_error_text(&err), "cannot write archive: Broken pipe",
       "tar_output_data() says so, %s", name);
    OK(!sigpending(&pending) && !sigismember(&pending, SIGPIPE),
       "tar_output_close() leaves no SIGPIPE behind, %s", name);
    (void)close(ends[1]);
    ch_error_clear(&err);
}

static void test_full_disk(void)
{
    CLEANUP_CLOSE int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct ch_error err = CH_ERROR_INIT;

    OK(write_archive(fd, COMPRESSION_NONE, NULL, &err) < 0 &&
           err.errnum == ENOSPC,
       "tar_output_data() fails if the disk is full");
    OK(write_archive(fd, COMPRESSION_GZIP, NULL, &err) < 0 &&
           err.errnum == ENOSPC,
       "tar_output_data() fails if the disk is full, gzip");
    IS(ch_error_text(&err), "cannot write archive: No space left on device",
       "tar_output_data() says so");
    ch_error_clear(&err);
}

/* A slow reader at the other end of a pipe that does not block. */
static void *read_slowly(void *context)
{
    int fd = *(int *)context;
    FILE *out = fopen("piped", "wb");
    char bytes[40000];
    ssize_t length;

    while ((length = read(fd, bytes, sizeof(bytes))) > 0) {
        if (fwrite(bytes, 1, (size_t)length, out) != (size_t)length)
            give_up("write", "piped");
        (void)usleep(100);
    }
    (void)fclose(out);
    return NULL;
}

static void test_nonblocking(void)
{
    struct ch_error err = CH_ERROR_INIT;
    pthread_t thread;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0 ||
        pthread_create(&thread, NULL, read_slowly, &ends[0]))
        give_up("make", "pipe");
    OK(!write_archive(ends[1], COMPRESSION_NONE, NULL, &err),
       "tar_output_data() waits for a pipe that does not block");
    (void)close(ends[1]);
    (void)pthread_join(thread, NULL);
    (void)close(ends[0]);
    OK(count_right("piped") == MEMBERS, "tar_output_data() loses nothing");
    ch_error_clear(&err);
}

static void *cancel_soon(void *context)
{
    struct ch_control *control = context;

    (void)usleep(50000);
    __atomic_store_n(&control->cancelled, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void test_cancel(void)
{
    struct ch_control control = {0};
    struct ch_error err = CH_ERROR_INIT;
    pthread_t thread;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0 ||
        pthread_create(&thread, NULL, cancel_soon, &control))
        give_up("make", "pipe");
    OK(write_archive(ends[1], COMPRESSION_NONE, &control, &err) < 0 &&
           err.errnum == ECANCELED,
       "tar_output_data() stops waiting when told to");
    (void)pthread_join(thread, NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    ch_error_clear(&err);
}

/* A SIGPIPE that was pending before is somebody else's. */
static void test_signal_pipe(void)
{
    struct signal_pipe state;
    sigset_t set, pending;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)raise(SIGPIPE);
    signal_pipe_block(&state);
    signal_pipe_restore(&state);
    OK(!sigpending(&pending) && sigismember(&pending, SIGPIPE) == 1,
       "signal_pipe_restore() leaves a signal that was pending before");
    (void)signal(SIGPIPE, SIG_IGN); /* drops it */
    (void)signal(SIGPIPE, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
    static const char *const NAMES[] = {"none", "gzip", "xz", "bzip2", "zstd"};
    int i, before;

    scratch_enter();
    before = open_descriptors();
    for (i = COMPRESSION_NONE; i <= COMPRESSION_ZSTD; i++) {
        test_compression((enum compression)i, NAMES[i]);
        test_broken_pipe((enum compression)i, NAMES[i]);
    }
    test_full_disk();
    test_nonblocking();
    test_cancel();
    test_signal_pipe();
    OK(open_descriptors() == before, "tar_output_close() closes nothing else");
    scratch_leave();
    return tap_done();
}
