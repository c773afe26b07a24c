/* Serving an image on a mounted /dev/fuse. Threads read requests from the same
   descriptor; the kernel gives each request to one. There is one thread at
   first, and one more whenever a READ leaves none waiting, up to the number of
   CPUs that the process may use: unpacking is all that takes time. */

#ifndef CH_SESSION_H
#define CH_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "squashfs/file_read.h"
#include "squashfs/fuse_protocol.h"
#include "squashfs/reader.h"

/* The largest read that we ask the kernel to send. */
#define SESSION_READ_SIZE ((size_t)1 << 20)

/* The longest request: the kernel wants room for at least 8 KiB, whatever the
   page size. */
#define SESSION_INPUT_SIZE ((size_t)16 << 10)

struct session {
    struct squashfs_image *image;
    int fuse_fd;
    /* What FUSE_INIT found out, before there is a second thread. */
    bool may_skip_opendir;
};

/* One request and what belongs to its thread. */
struct request {
    struct session *session;
    struct file_pieces pieces; /* whose buffer replies may use */
    struct iovec *reply;       /* room for one more than pieces */
    size_t length;             /* of the request, head and all */
    union {
        struct fuse_in_header head;
        char bytes[SESSION_INPUT_SIZE + 1]; /* ends with a NUL */
    } input;
};

/* See `serve` in engine.h. */
int session_run(struct squashfs_image *image, int fuse_fd,
                void (*ready)(void *context), void *context,
                struct ch_error *err);

#endif
