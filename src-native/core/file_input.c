#include "config.h"

#include "file_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

/* Large enough that system calls and switches between stages cost nothing,
   small enough to stay in a core's own cache. */
#define CHUNK_SIZE (128 * 1024)

/* How often a wait for the writer looks whether to stop. */
#define POLL_MILLISECONDS 100

static int failure(const struct file_input *input, int errnum,
                   struct ch_error *err)
{
    return ch_error_set(err, errnum, "cannot read \"%s\"", input->name);
}

static int input_start(struct file_input *input, const char *name,
                       struct ch_error *err)
{
    struct stat st;

    input->name = strdup(name);
    input->chunk = malloc(CHUNK_SIZE);
    if (!input->name || !input->chunk)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", name);
    if (fstat(input->fd, &st) < 0)
        return failure(input, errno, err);
    input->may_wait = !S_ISREG(st.st_mode);
    return 0;
}

int file_input_open(struct file_input *input, const char *path,
                    struct ch_control *control, struct ch_error *err)
{
    *input = (struct file_input){
        .fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC),
        .owned = true,
        .control = control,
    };
    if (input->fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", path);
    return input_start(input, path, err);
}

int file_input_from_fd(struct file_input *input, int fd, const char *name,
                       struct digest *digest, struct ch_control *control,
                       struct ch_error *err)
{
    *input = (struct file_input){
        .fd = fd,
        .digest = digest,
        .control = control,
    };
    return input_start(input, name, err);
}

static bool is_stopped(const struct file_input *input)
{
    return control_is_cancelled(input->control) ||
           __atomic_load_n(&input->stopped, __ATOMIC_RELAXED);
}

/* Wait until there is something to read, or the end. */
static int wait_readable(const struct file_input *input, struct ch_error *err)
{
    struct pollfd pollfd = {.fd = input->fd, .events = POLLIN};

    while (poll(&pollfd, 1, POLL_MILLISECONDS) <= 0)
        if (is_stopped(input))
            return failure(input, ECANCELED, err);
    return 0;
}

int file_input_fill(struct file_input *input, struct ch_error *err)
{
    ssize_t length;

    if (is_stopped(input))
        return failure(input, ECANCELED, err);
    do {
        if (input->may_wait && wait_readable(input, err) < 0)
            return -1;
        length = read(input->fd, input->chunk, CHUNK_SIZE);
    } while (length < 0 && (errno == EINTR || errno == EAGAIN));
    if (length < 0)
        return failure(input, errno, err);
    control_add(input->control, length);
    input->count += length;
    if (input->digest)
        digest_add(input->digest, input->chunk, (size_t)length);
    input->start = 0;
    input->end = (size_t)length;
    return length > 0;
}

ssize_t file_input_take(struct file_input *input, const void **data,
                        struct ch_error *err)
{
    size_t length;

    if (!file_input_available(input) && file_input_fill(input, err) < 0)
        return -1;
    length = file_input_available(input);
    *data = input->chunk + input->start;
    input->start = input->end;
    return (ssize_t)length;
}

void file_input_stop(struct file_input *input)
{
    __atomic_store_n(&input->stopped, 1, __ATOMIC_RELAXED);
}

void file_input_release(struct file_input *input)
{
    if (input->owned)
        cleanup_close(&input->fd);
    free(input->name);
    free(input->chunk);
    *input = (struct file_input){.fd = -1};
}
