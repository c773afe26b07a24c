/* reader read | walk | part COUNT FILE

   Use the file system that it is run in, with as little work of its own as can
   be: programs such as find(1) and cat(1) take more time than what is measured.

     read TIMES       read every file but the large one, with read(2)
     walk TIMES       stat every file
     part COUNT FILE  COUNT processes each read their part of FILE, at once

   and print how many nanoseconds that took; of several times, the last. It is
   linked statically, since the image may have another C library. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_LEFT_OUT "/large.tar"
#define COUNT_MAX     1000

/* As much as standard I/O and cat(1) ask for. */
#define CHUNK ((size_t)128 << 10)

static char chunk[CHUNK];

static _Noreturn void fail(const char *action)
{
    fprintf(stderr, "reader: error: cannot %s: %s\n", action, strerror(errno));
    exit(1);
}

/* Returns how much there was, at most `length`. */
static off_t read_from(int fd, off_t length)
{
    off_t done = 0;
    ssize_t got = 1;

    while (done < length && got > 0) {
        size_t left = (size_t)(length - done);

        got = read(fd, chunk, left < CHUNK ? left : CHUNK);
        done += got;
    }
    if (got < 0)
        fail("read");
    return done;
}

static int read_one(const char *path, const struct stat *st, int kind,
                    struct FTW *where)
{
    int fd;

    (void)where;
    if (kind != FTW_F || !S_ISREG(st->st_mode) || !strcmp(path, FILE_LEFT_OUT))
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(path);
    (void)read_from(fd, st->st_size);
    (void)close(fd); /* only read */
    return 0;
}

static int walk_one(const char *path, const struct stat *st, int kind,
                    struct FTW *where)
{
    (void)path, (void)st, (void)kind, (void)where;
    return 0;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time); /* cannot fail with this clock */
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t repeat(int times, __nftw_func_t visit)
{
    int64_t start = 0;

    for (int i = 0; i < times; i++) {
        start = now();
        if (nftw("/", visit, 64, FTW_PHYS | FTW_MOUNT) < 0)
            fail("walk");
    }
    return now() - start;
}

static _Noreturn void read_part(const char *path, int index, int count)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    off_t part;

    if (fd < 0 || fstat(fd, &st) < 0)
        fail(path);
    part = st.st_size / count;
    if (lseek(fd, part * index, SEEK_SET) < 0 || read_from(fd, part) < part)
        fail("read a part");
    exit(0);
}

static int64_t read_parts(int count, const char *path)
{
    int64_t start = now();
    int status;

    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            fail("start a process");
        if (pid == 0)
            read_part(path, i, count);
    }
    while (wait(&status) > 0)
        if (status)
            exit(1);
    return now() - start;
}

int main(int argc, char **argv)
{
    const char *work = argc > 2 ? argv[1] : "";
    int count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    int64_t taken;

    if (count < 1 || count > COUNT_MAX)
        work = "";
    if (!strcmp(work, "read"))
        taken = repeat(count, read_one);
    else if (!strcmp(work, "walk"))
        taken = repeat(count, walk_one);
    else if (!strcmp(work, "part") && argc == 4)
        taken = read_parts(count, argv[3]);
    else {
        fprintf(stderr, "usage: reader read|walk TIMES, reader part N FILE\n");
        return 64;
    }
    printf("%lld\n", (long long)taken);
    return 0;
}
