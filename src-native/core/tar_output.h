/* A tar archive being written to a descriptor, compressed or not. A reader that
   goes away is an error (EPIPE), never a signal; a descriptor that does not
   block, as Node's pipes are, is waited for. */

#ifndef CH_TAR_OUTPUT_H
#define CH_TAR_OUTPUT_H

#include <stdint.h>

#include "control.h"
#include "digest.h"
#include "error.h"
#include "tar_header.h"

enum compression {
    COMPRESSION_NONE,
    COMPRESSION_GZIP, /* without a time in it */
    COMPRESSION_XZ,
    COMPRESSION_BZIP2,
    COMPRESSION_ZSTD,
};

struct tar_output;

/* Begin an archive on `fd`, which stays the caller's. `control` is only asked
   whether to stop. The thread that opens must also close: SIGPIPE is blocked in
   it meanwhile. */
int tar_output_open(struct tar_output **output, int fd,
                    enum compression compression,
                    const struct ch_control *control, struct ch_error *err);

/* Add all that follows to `plain`, and what becomes of it to `packed`; both
   stay the caller's. To be called before anything is written. */
void tar_output_hash(struct tar_output *output, struct digest *plain,
                     struct digest *packed);

/* How many bytes were written to the descriptor. */
int64_t tar_output_size(const struct tar_output *output);

/* Begin a member. Its data must follow: `size` bytes of a file or, of a sparse
   one, the segments' bytes. */
int tar_output_header(struct tar_output *output,
                      const struct tar_header *header, struct ch_error *err);

/* The next bytes of the member's data. */
int tar_output_data(struct tar_output *output, const void *data, size_t length,
                    struct ch_error *err);

/* The same, zeros. */
int tar_output_zeros(struct tar_output *output, int64_t length,
                     struct ch_error *err);

/* Fill the last block of a member that had `length` bytes of data. */
int tar_output_end_member(struct tar_output *output, int64_t length,
                          struct ch_error *err);

/* End the archive and write out all of it. */
int tar_output_finish(struct tar_output *output, struct ch_error *err);

/* Release everything; without tar_output_finish() the archive has no end. NULL
   is allowed. */
void tar_output_close(struct tar_output *output);

static inline void cleanup_tar_output(struct tar_output **output)
{
    tar_output_close(*output);
}

#define CLEANUP_TAR_OUTPUT __attribute__((cleanup(cleanup_tar_output)))

#endif
