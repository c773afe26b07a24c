#include "config.h"

#include "tar_output.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "signal_pipe.h"

/* Small pieces are gathered up to this size. */
#define CHUNK_SIZE (128 * 1024)

/* How often a wait for the reader looks whether to stop. */
#define POLL_MILLISECONDS 100

/* Two blocks of zeros end an archive. */
#define END_SIZE ((int64_t)2 * TAR_BLOCK_SIZE)

struct tar_output {
    int fd; /* borrowed */
    const struct ch_control *control;
    struct archive *compressor; /* NULL: none */
    struct digest *plain;       /* borrowed, likewise */
    struct digest *packed;
    int64_t size;                /* written to the descriptor */
    struct ch_error write_error; /* what went wrong below the compressor */
    struct signal_pipe signal_pipe;
    struct buffer header; /* scratch */
    size_t gathered;
    char chunk[CHUNK_SIZE];
};

/* --- the descriptor --- */

static int output_failure(int errnum, struct ch_error *err)
{
    ch_error_set(err, errnum, "cannot write archive");
    if (errnum == EPIPE)
        ch_error_hint(err, "the program that was reading it has ended");
    return -1;
}

/* Wait until the reader takes more. */
static int wait_writable(const struct tar_output *output, struct ch_error *err)
{
    struct pollfd pollfd = {.fd = output->fd, .events = POLLOUT};

    while (poll(&pollfd, 1, POLL_MILLISECONDS) <= 0)
        if (control_is_cancelled(output->control))
            return output_failure(ECANCELED, err);
    return 0;
}

static int write_out(struct tar_output *output, const char *data, size_t length,
                     struct ch_error *err)
{
    if (output->packed)
        digest_add(output->packed, data, length);
    output->size += (int64_t)length;
    while (length > 0) {
        ssize_t written = write(output->fd, data, length);

        if (written < 0 && errno == EAGAIN) {
            if (wait_writable(output, err) < 0)
                return -1;
        } else if (written < 0 && errno != EINTR) {
            return output_failure(errno, err);
        }
        if (control_is_cancelled(output->control))
            return output_failure(ECANCELED, err);
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

/* --- compression --- */

static la_ssize_t write_compressed(struct archive *archive, void *context,
                                   const void *data, size_t length)
{
    struct tar_output *output = context;

    if (!write_out(output, data, length, &output->write_error))
        return (la_ssize_t)length;
    archive_set_error(archive, EIO, "see write_error");
    return -1;
}

static int compressor_failure(struct tar_output *output, struct ch_error *err)
{
    const char *text = archive_error_string(output->compressor);

    ch_error_clear(err);
    if (!output->write_error.message)
        return ch_error_set(err, 0, "cannot compress archive: %s",
                            text ? text : "unknown cause");
    *err = output->write_error;
    output->write_error = (struct ch_error)CH_ERROR_INIT;
    return -1;
}

static int add_filter(struct archive *archive, enum compression compression)
{
    switch (compression) {
    case COMPRESSION_GZIP:
        if (archive_write_add_filter_gzip(archive) != ARCHIVE_OK)
            return ARCHIVE_FATAL;
        /* A time in the header would make every output differ. */
        return archive_write_set_filter_option(archive, "gzip", "timestamp",
                                               NULL);
    case COMPRESSION_XZ:
        return archive_write_add_filter_xz(archive);
    case COMPRESSION_BZIP2:
        return archive_write_add_filter_bzip2(archive);
    case COMPRESSION_ZSTD:
        return archive_write_add_filter_zstd(archive);
    case COMPRESSION_NONE:
        break;
    }
    return archive_write_add_filter_none(archive);
}

/* libarchive's "raw" format: one member, whose data is what is compressed. */
static int compressor_start(struct tar_output *output,
                            enum compression compression, struct ch_error *err)
{
    struct archive_entry *entry = archive_entry_new();
    int status;

    output->compressor = archive_write_new();
    if (!entry || !output->compressor) {
        archive_entry_free(entry);
        return ch_error_set(err, ENOMEM, "cannot compress archive");
    }
    /* ARCHIVE_WARN would mean: by starting an external program. */
    if (add_filter(output->compressor, compression) != ARCHIVE_OK) {
        archive_entry_free(entry);
        return compressor_failure(output, err);
    }
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_set_format_raw(output->compressor);
    archive_write_set_bytes_in_last_block(output->compressor, 1);
    status = archive_write_open(output->compressor, output, NULL,
                                write_compressed, NULL);
    if (status == ARCHIVE_OK)
        status = archive_write_header(output->compressor, entry);
    archive_entry_free(entry);
    return status == ARCHIVE_OK ? 0 : compressor_failure(output, err);
}

static int compress(struct tar_output *output, const char *data, size_t length,
                    struct ch_error *err)
{
    while (length > 0) {
        la_ssize_t taken = archive_write_data(output->compressor, data, length);

        if (taken <= 0)
            return compressor_failure(output, err);
        data += taken;
        length -= (size_t)taken;
    }
    return 0;
}

/* --- the stream --- */

static int pass_on(struct tar_output *output, const char *data, size_t length,
                   struct ch_error *err)
{
    if (output->plain)
        digest_add(output->plain, data, length);
    if (output->compressor)
        return compress(output, data, length, err);
    return write_out(output, data, length, err);
}

static int flush(struct tar_output *output, struct ch_error *err)
{
    size_t length = output->gathered;

    output->gathered = 0;
    return pass_on(output, output->chunk, length, err);
}

int tar_output_data(struct tar_output *output, const void *data, size_t length,
                    struct ch_error *err)
{
    if (output->gathered + length > CHUNK_SIZE && flush(output, err) < 0)
        return -1;
    if (length > CHUNK_SIZE)
        return pass_on(output, data, length, err);
    memcpy(output->chunk + output->gathered, data, length);
    output->gathered += length;
    return 0;
}

int tar_output_zeros(struct tar_output *output, int64_t length,
                     struct ch_error *err)
{
    static const char ZEROS[8192];

    while (length > 0) {
        size_t piece =
            length > (int64_t)sizeof(ZEROS) ? sizeof(ZEROS) : (size_t)length;

        if (tar_output_data(output, ZEROS, piece, err) < 0)
            return -1;
        length -= (int64_t)piece;
    }
    return 0;
}

void tar_output_hash(struct tar_output *output, struct digest *plain,
                     struct digest *packed)
{
    output->plain = plain;
    output->packed = packed;
}

int64_t tar_output_size(const struct tar_output *output)
{
    return output->size;
}

int tar_output_header(struct tar_output *output,
                      const struct tar_header *header, struct ch_error *err)
{
    buffer_truncate(&output->header, 0);
    if (tar_header_append(&output->header, header) < 0)
        return ch_error_set(err, errno, "cannot describe \"%s\"", header->name);
    return tar_output_data(output, output->header.data, output->header.length,
                           err);
}

int tar_output_end_member(struct tar_output *output, int64_t length,
                          struct ch_error *err)
{
    return tar_output_zeros(output, (int64_t)tar_padding(length), err);
}

int tar_output_finish(struct tar_output *output, struct ch_error *err)
{
    if (tar_output_zeros(output, END_SIZE, err) < 0 || flush(output, err) < 0)
        return -1;
    if (output->compressor &&
        archive_write_close(output->compressor) != ARCHIVE_OK)
        return compressor_failure(output, err);
    return 0;
}

int tar_output_open(struct tar_output **output, int fd,
                    enum compression compression,
                    const struct ch_control *control, struct ch_error *err)
{
    CLEANUP_TAR_OUTPUT struct tar_output *made = calloc(1, sizeof(*made));

    if (!made)
        return ch_error_set(err, ENOMEM, "cannot write archive");
    made->fd = fd;
    made->control = control;
    signal_pipe_block(&made->signal_pipe);
    if (compression != COMPRESSION_NONE &&
        compressor_start(made, compression, err) < 0)
        return -1;
    *output = take_ptr(made);
    return 0;
}

/* libarchive ends the stream when it is freed; nobody wants that end if the
   archive is not whole. */
static void compressor_abandon(struct archive *compressor)
{
    if (!compressor)
        return;
    (void)archive_write_fail(compressor); /* says that it has failed */
    (void)archive_write_free(compressor); /* what mattered was reported */
}

void tar_output_close(struct tar_output *output)
{
    if (!output)
        return;
    compressor_abandon(output->compressor);
    signal_pipe_restore(&output->signal_pipe);
    ch_error_clear(&output->write_error);
    buffer_release(&output->header);
    free(output);
}
