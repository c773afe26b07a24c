/* fuzz-mount IMAGE SEED COUNT mounts COUNT damaged copies of an image, one
   after the other, and walks and reads each whole. Meant to run under
   sanitizers. Damage may show in any way but a crash, memory without bound or a
   hang: what takes longer than SECONDS_MAX ends by SIGALRM. Status 77: nothing
   can be mounted here. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "squashfs/mutation.h"
#include "squashfs/own_mount.h"

#define SECONDS_MAX 10

/* An arena of 8 MiB, a MiB for each of few threads, and what sanitizers add. */
#define MEMORY_MAX_KIB (400L << 10)

/* Exit statuses of the process that mounts; crashes have others. */
enum found { FOUND_NOTHING, FOUND_ERRORS, FOUND_REFUSED, FOUND_COUNT };
#define CANNOT_MOUNT 77

static int make_file(const unsigned char *bytes, size_t size)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    return fd;
}

static int make_copy(const unsigned char *image, size_t size, uint64_t seed)
{
    unsigned char *copy = malloc(size);
    int fd;

    if (!copy)
        abort();
    memcpy(copy, image, size);
    fd = make_file(copy, mutation_make(copy, size, seed));
    free(copy);
    return fd;
}

static void ignore_report(void *context, const char *text)
{
    (void)context;
    if (!*text)
        abort();
}

/* The life of the process that mounts. */
static int walk_copy(int fd, const char *directory)
{
    const struct squashfs_settings settings = {.report = ignore_report};
    const struct squashfs_place place = {.fd = fd};
    struct ch_error err = CH_ERROR_INIT;
    struct squashfs_image *image;
    int result;

    alarm(SECONDS_MAX);
    image = reader_open(&place, &settings, &err);
    if (!image) {
        if (!err.message)
            abort(); /* every refusal says why */
        ch_error_clear(&err);
        return FOUND_REFUSED;
    }
    result = own_mount_walk(image, directory, &err);
    if (result < 0)
        fprintf(stderr, "fuzz-mount: %s\n", ch_error_text(&err));
    ch_error_clear(&err);
    reader_close(image);
    return result < 0 ? CANNOT_MOUNT : result;
}

/* Returns the status of wait(2). */
static int walk_in_process(int fd, const char *directory)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        exit(walk_copy(fd, directory));
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        abort();
    return status;
}

static int fuzz_once(const unsigned char *image, size_t size, uint64_t seed,
                     uint64_t *found)
{
    char directory[] = "/tmp/fuzz-mount.XXXXXX";
    int fd = make_copy(image, size, seed);
    int status;

    if (!mkdtemp(directory))
        abort();
    status = walk_in_process(fd, directory);
    (void)close(fd); /* a memfd */
    (void)rmdir(directory);
    if (WIFEXITED(status) && WEXITSTATUS(status) < FOUND_COUNT) {
        found[WEXITSTATUS(status)]++;
        return 0;
    }
    fprintf(stderr, "fuzz-mount: seed %" PRIu64 ": status 0x%x\n", seed,
            status);
    return WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT ? 77 : 1;
}

static int fuzz(const unsigned char *image, size_t size, uint64_t seed,
                uint64_t count)
{
    uint64_t found[FOUND_COUNT] = {0};
    struct rusage usage;
    int status;

    for (uint64_t i = 0; i < count; i++) {
        status = fuzz_once(image, size, seed + i, found);
        if (status)
            return status;
    }
    if (getrusage(RUSAGE_CHILDREN, &usage) < 0)
        abort();
    printf("# %" PRIu64 " images: %" PRIu64 " refused, %" PRIu64
           " with errors, %" PRIu64 " without; peak memory %ld MiB\n",
           count, found[FOUND_REFUSED], found[FOUND_ERRORS],
           found[FOUND_NOTHING], usage.ru_maxrss >> 10);
    return usage.ru_maxrss > MEMORY_MAX_KIB ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct stat st;
    unsigned char *image;
    int fd = argc == 4 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= MUTATION_SIZE_MIN) {
        fprintf(stderr, "usage: fuzz-mount IMAGE SEED COUNT\n");
        return 2;
    }
    image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (image == MAP_FAILED)
        return 2;
    return fuzz(image, (size_t)st.st_size, strtoull(argv[2], NULL, 10),
                strtoull(argv[3], NULL, 10));
}
