#include "config.h"

#include "decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file_input.h"
#include "gunzip.h"

/* Of decompressed bytes. */
#define CHUNK_SIZE (128 * 1024)

/* A way to decompress. `read` is what decompressor_read() calls. */
struct codec {
    const char *name;
    const char *magic;
    size_t magic_length;
    int (*open)(struct decompressor *d, struct ch_error *err);
    ssize_t (*read)(struct decompressor *d, const void **data,
                    struct ch_error *err);
    int (*add_filter)(struct archive *archive); /* libarchive's codecs only */
};

struct decompressor {
    struct file_input input;
    const struct codec *codec;
    off_t skip_end; /* where skipping must end; 0 if it is impossible */

    unsigned char *output; /* CHUNK_SIZE; gzip only */
    struct gunzip *gunzip;
    bool gzip_done;

    struct archive *filter;     /* libarchive's codecs only */
    struct ch_error read_error; /* what went wrong below libarchive */
};

static int failure(const struct decompressor *d, int errnum,
                   struct ch_error *err)
{
    return ch_error_set(err, errnum, "cannot read \"%s\"", d->input.name);
}

/* --- no compression --- */

static int plain_open(struct decompressor *d, struct ch_error *err)
{
    struct stat st;

    if (fstat(d->input.fd, &st) < 0)
        return failure(d, errno, err);
    /* What is to be hashed must be read. */
    d->skip_end = S_ISREG(st.st_mode) && !d->input.digest ? st.st_size : 0;
    return 0;
}

static ssize_t plain_read(struct decompressor *d, const void **data,
                          struct ch_error *err)
{
    return file_input_take(&d->input, data, err);
}

/* --- gzip --- */

static int gzip_open(struct decompressor *d, struct ch_error *err)
{
    d->output = malloc(CHUNK_SIZE);
    d->gunzip = gunzip_open();
    if (!d->output || !d->gunzip)
        return failure(d, ENOMEM, err);
    return 0;
}

/* At the end of a gzip stream: go on if another follows. */
static int gzip_next_stream(struct decompressor *d, struct ch_error *err)
{
    struct file_input *input = &d->input;

    if (!file_input_available(input) && file_input_fill(input, err) < 0)
        return -1;
    /* One byte must do: the second may be behind the chunk's end. Whatever
       else begins with it, is no gzip header, and the library will say so. */
    if (!file_input_available(input) || input->chunk[input->start] != 0x1f)
        d->gzip_done = true;
    else
        gunzip_restart(d->gunzip);
    return 0;
}

static int gzip_failure(struct decompressor *d, enum gunzip_status status,
                        struct ch_error *err)
{
    if (status == GUNZIP_MEMORY)
        return failure(d, ENOMEM, err);
    ch_error_set(err, 0, "cannot read \"%s\": corrupt gzip data (%s)",
                 d->input.name, gunzip_message(d->gunzip));
    return ch_error_hint(err, "copy or make the file again");
}

static int gzip_truncated(struct decompressor *d, struct ch_error *err)
{
    ch_error_set(err, 0, "cannot read \"%s\": gzip data ends early",
                 d->input.name);
    return ch_error_hint(err, "the copy was cut short: copy the file again");
}

/* Decompress some of the chunk, filling it first if need be. */
static int gzip_step(struct decompressor *d, struct gunzip_space *space,
                     struct ch_error *err)
{
    struct file_input *input = &d->input;
    enum gunzip_status status;

    if (!file_input_available(input)) {
        int filled = file_input_fill(input, err);

        if (filled <= 0)
            return filled < 0 ? -1 : gzip_truncated(d, err);
    }
    space->in = input->chunk + input->start;
    space->in_length = file_input_available(input);
    status = gunzip_run(d->gunzip, space);
    input->start = input->end - space->in_length;
    if (status == GUNZIP_END)
        return gzip_next_stream(d, err);
    if (status != GUNZIP_MORE)
        return gzip_failure(d, status, err);
    return 0;
}

static ssize_t gzip_read(struct decompressor *d, const void **data,
                         struct ch_error *err)
{
    struct gunzip_space space = {.out = d->output, .out_length = CHUNK_SIZE};

    while (!d->gzip_done && space.out_length)
        if (gzip_step(d, &space, err) < 0)
            return -1;
    *data = d->output;
    return (ssize_t)(CHUNK_SIZE - space.out_length);
}

/* --- libarchive's filters --- */

static la_ssize_t filter_input(struct archive *archive, void *context,
                               const void **data)
{
    struct decompressor *d = context;
    ssize_t length = file_input_take(&d->input, data, &d->read_error);

    if (length < 0)
        archive_set_error(archive, EIO, "see read_error");
    return length;
}

static int filter_failure(struct decompressor *d, struct ch_error *err)
{
    const char *text = archive_error_string(d->filter);

    if (d->read_error.message) {
        ch_error_clear(err);
        *err = d->read_error;
        d->read_error = (struct ch_error)CH_ERROR_INIT;
        return -1;
    }
    ch_error_set(err, 0,
                 "cannot read \"%s\": corrupt or truncated %s data (%s)",
                 d->input.name, d->codec->name, text ? text : "unknown cause");
    return ch_error_hint(err, "copy or make the file again");
}

static int filter_open(struct decompressor *d, struct ch_error *err)
{
    struct archive_entry *entry;

    d->filter = archive_read_new();
    if (!d->filter)
        return failure(d, ENOMEM, err);
    /* ARCHIVE_WARN would mean: by starting an external program. */
    if (d->codec->add_filter(d->filter) != ARCHIVE_OK)
        return ch_error_set(err, 0,
                            "cannot read \"%s\": this libarchive lacks %s",
                            d->input.name, d->codec->name);
    if (archive_read_support_format_raw(d->filter) != ARCHIVE_OK ||
        archive_read_open(d->filter, d, NULL, filter_input, NULL) !=
            ARCHIVE_OK ||
        archive_read_next_header(d->filter, &entry) != ARCHIVE_OK)
        return filter_failure(d, err);
    return 0;
}

static ssize_t filter_read(struct decompressor *d, const void **data,
                           struct ch_error *err)
{
    size_t length;
    la_int64_t offset;
    int status;

    if (control_is_cancelled(d->input.control))
        return failure(d, ECANCELED, err);
    status = archive_read_data_block(d->filter, data, &length, &offset);
    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK)
        return filter_failure(d, err);
    return (ssize_t)length;
}

/* --- choice --- */

static const struct codec CODEC_PLAIN = {
    .name = "plain",
    .open = plain_open,
    .read = plain_read,
};

static const struct codec CODECS[] = {
    {"gzip", "\x1f\x8b", 2, gzip_open, gzip_read, NULL},
    {"xz", "\xfd\x37zXZ\0", 6, filter_open, filter_read,
     archive_read_support_filter_xz},
    {"bzip2", "BZh", 3, filter_open, filter_read,
     archive_read_support_filter_bzip2},
    {"zstd", "\x28\xb5\x2f\xfd", 4, filter_open, filter_read,
     archive_read_support_filter_zstd},
};

static const struct codec *codec_find(const unsigned char *head, size_t length)
{
    size_t i;

    for (i = 0; i < sizeof(CODECS) / sizeof(CODECS[0]); i++)
        if (length >= CODECS[i].magic_length &&
            !memcmp(head, CODECS[i].magic, CODECS[i].magic_length))
            return &CODECS[i];
    return &CODEC_PLAIN;
}

static int decompressor_start(struct decompressor *d, struct ch_error *err)
{
    if (file_input_fill(&d->input, err) < 0)
        return -1;
    d->codec = codec_find(d->input.chunk, d->input.end);
    return d->codec->open(d, err);
}

int decompressor_open(struct decompressor **decompressor, const char *path,
                      struct ch_control *control, struct ch_error *err)
{
    CLEANUP_DECOMPRESSOR struct decompressor *d = calloc(1, sizeof(*d));

    if (!d)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", path);
    if (file_input_open(&d->input, path, control, err) < 0 ||
        decompressor_start(d, err) < 0)
        return -1;
    *decompressor = take_ptr(d);
    return 0;
}

int decompressor_open_fd(struct decompressor **decompressor, int fd,
                         const char *name, struct digest *digest,
                         struct ch_control *control, struct ch_error *err)
{
    CLEANUP_DECOMPRESSOR struct decompressor *d = calloc(1, sizeof(*d));

    if (!d)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", name);
    if (file_input_from_fd(&d->input, fd, name, digest, control, err) < 0 ||
        decompressor_start(d, err) < 0)
        return -1;
    *decompressor = take_ptr(d);
    return 0;
}

ssize_t decompressor_read(struct decompressor *decompressor, const void **data,
                          struct ch_error *err)
{
    return decompressor->codec->read(decompressor, data, err);
}

int64_t decompressor_skip(struct decompressor *d, int64_t length)
{
    off_t position;

    if (!d->skip_end || file_input_available(&d->input))
        return 0;
    position = lseek(d->input.fd, 0, SEEK_CUR);
    /* Not behind the end: that it comes early is noticed by reading only. */
    if (position < 0 || length > d->skip_end - position ||
        lseek(d->input.fd, length, SEEK_CUR) < 0)
        return 0;
    control_add(d->input.control, length);
    return length;
}

int64_t decompressor_input_bytes(const struct decompressor *d)
{
    return d->input.count;
}

int decompressor_drain(struct decompressor *d, struct ch_error *err)
{
    int status;

    do {
        status = file_input_fill(&d->input, err);
    } while (status > 0);
    return status;
}

void decompressor_stop(struct decompressor *d)
{
    file_input_stop(&d->input);
}

void decompressor_close(struct decompressor *d)
{
    if (!d)
        return;
    if (d->filter)
        (void)archive_read_free(d->filter); /* read errors were reported */
    gunzip_close(d->gunzip);
    ch_error_clear(&d->read_error);
    file_input_release(&d->input);
    free(d->output);
    free(d);
}
