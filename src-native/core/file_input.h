/* The bytes of a file, or of a pipe that something is still being written to,
   in chunks: counted, hashed if wanted, and never waited for longer than the
   caller wants. */

#ifndef CH_FILE_INPUT_H
#define CH_FILE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "digest.h"
#include "error.h"

struct file_input {
    int fd;     /* owned if it was opened here */
    bool owned; /* close `fd` in the end */
    char *name; /* for messages */
    struct ch_control *control;
    struct digest *digest; /* borrowed; NULL: none */
    bool may_wait;         /* reading it can take as long as somebody likes */
    int stopped;           /* atomic */
    unsigned char *chunk;
    int64_t count;     /* bytes read so far */
    size_t start, end; /* what is left of the chunk */
};

/* Open the file `path` (a pipe will do). `control` is counted up by the bytes
   that are read, and asked before each read. The caller releases it. */
int file_input_open(struct file_input *input, const char *path,
                    struct ch_control *control, struct ch_error *err);

/* Begin at the current position of `fd`, which stays the caller's; `name` is
   for messages. What is read is added to `digest`, if that is not NULL. */
int file_input_from_fd(struct file_input *input, int fd, const char *name,
                       struct digest *digest, struct ch_control *control,
                       struct ch_error *err);

/* Fill the chunk, which must be used up. Returns 1, 0 at the end, or -1. */
int file_input_fill(struct file_input *input, struct ch_error *err);

static inline size_t file_input_available(const struct file_input *input)
{
    return input->end - input->start;
}

/* Hand out all of the chunk, filling it first if need be: how many bytes are
   at `*data`, 0 at the end, or -1. */
ssize_t file_input_take(struct file_input *input, const void **data,
                        struct ch_error *err);

/* Make a read that is under way in another thread, and every later one, fail
   with ECANCELED soon. */
void file_input_stop(struct file_input *input);

void file_input_release(struct file_input *input);

#endif
