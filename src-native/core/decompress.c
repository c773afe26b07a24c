#include "config.h"

#include "decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cleanup.h"

/* Large enough that system calls and switches between stages cost nothing,
   small enough for both buffers to stay in a core's own cache. */
#define CHUNK_SIZE (128 * 1024)

/* inflateInit2(): the largest window, with a gzip header and trailer. */
#define WINDOW_BITS_GZIP (15 + 16)

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
    int fd;
    char *path; /* for messages */
    struct ch_control *control;
    const struct codec *codec;
    off_t skip_end; /* where skipping must end; 0 if it is impossible */

    unsigned char *input; /* CHUNK_SIZE */
    size_t input_start, input_end;
    struct ch_error read_error; /* what went wrong below libarchive */

    unsigned char *output; /* CHUNK_SIZE; gzip only */
    z_stream zlib;
    bool zlib_open, zlib_done;

    struct archive *filter; /* libarchive's codecs only */
};

/* --- the file --- */

/* Fill the empty input buffer. Returns 1, 0 at the end of the file, or -1. */
static int input_fill(struct decompressor *d, struct ch_error *err)
{
    ssize_t length;

    if (control_is_cancelled(d->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", d->path);
    do {
        length = read(d->fd, d->input, CHUNK_SIZE);
    } while (length < 0 && errno == EINTR);
    if (length < 0)
        return ch_error_set(err, errno, "cannot read \"%s\"", d->path);
    control_add(d->control, length);
    d->input_start = 0;
    d->input_end = (size_t)length;
    return length > 0;
}

static size_t input_available(const struct decompressor *d)
{
    return d->input_end - d->input_start;
}

/* Hand out all that is in the input buffer, filling it first if need be. */
static ssize_t input_take(struct decompressor *d, const void **data,
                          struct ch_error *err)
{
    size_t length;

    if (!input_available(d) && input_fill(d, err) < 0)
        return -1;
    length = input_available(d);
    *data = d->input + d->input_start;
    d->input_start = d->input_end;
    return (ssize_t)length;
}

/* --- no compression --- */

static int plain_open(struct decompressor *d, struct ch_error *err)
{
    struct stat st;

    if (fstat(d->fd, &st) < 0)
        return ch_error_set(err, errno, "cannot read \"%s\"", d->path);
    d->skip_end = S_ISREG(st.st_mode) ? st.st_size : 0;
    return 0;
}

/* --- gzip --- */

static int gzip_open(struct decompressor *d, struct ch_error *err)
{
    d->output = malloc(CHUNK_SIZE);
    if (!d->output || inflateInit2(&d->zlib, WINDOW_BITS_GZIP) != Z_OK)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", d->path);
    d->zlib_open = true;
    return 0;
}

/* At the end of a gzip stream: go on if another follows. */
static int gzip_next_stream(struct decompressor *d, struct ch_error *err)
{
    if (!input_available(d) && input_fill(d, err) < 0)
        return -1;
    /* One byte must do: the second may be behind the buffer's end. Whatever
       else begins with it, is no gzip header, and zlib will say so. */
    if (!input_available(d) || d->input[d->input_start] != 0x1f)
        d->zlib_done = true;
    else
        (void)inflateReset(&d->zlib); /* fails for a broken z_stream only */
    return 0;
}

static int gzip_failure(struct decompressor *d, int status,
                        struct ch_error *err)
{
    if (status == Z_MEM_ERROR)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", d->path);
    ch_error_set(err, 0, "cannot read \"%s\": corrupt gzip data (%s)", d->path,
                 d->zlib.msg ? d->zlib.msg : "unknown cause");
    return ch_error_hint(err, "copy or make the file again");
}

static int gzip_truncated(struct decompressor *d, struct ch_error *err)
{
    ch_error_set(err, 0, "cannot read \"%s\": gzip data ends early", d->path);
    return ch_error_hint(err, "the copy was cut short: copy the file again");
}

/* One call of inflate(). */
static int gzip_step(struct decompressor *d, struct ch_error *err)
{
    z_stream *zlib = &d->zlib;
    int status, filled;

    if (!input_available(d)) {
        filled = input_fill(d, err);
        if (filled <= 0)
            return filled < 0 ? -1 : gzip_truncated(d, err);
    }
    zlib->next_in = d->input + d->input_start;
    zlib->avail_in = (uInt)input_available(d);
    status = inflate(zlib, Z_NO_FLUSH);
    d->input_start = d->input_end - zlib->avail_in;
    if (status == Z_STREAM_END)
        return gzip_next_stream(d, err);
    if (status != Z_OK && status != Z_BUF_ERROR)
        return gzip_failure(d, status, err);
    return 0;
}

static ssize_t gzip_read(struct decompressor *d, const void **data,
                         struct ch_error *err)
{
    d->zlib.next_out = d->output;
    d->zlib.avail_out = CHUNK_SIZE;
    while (!d->zlib_done && d->zlib.avail_out)
        if (gzip_step(d, err) < 0)
            return -1;
    *data = d->output;
    return CHUNK_SIZE - d->zlib.avail_out;
}

/* --- libarchive's filters --- */

static la_ssize_t filter_input(struct archive *archive, void *context,
                               const void **data)
{
    struct decompressor *d = context;
    ssize_t length = input_take(d, data, &d->read_error);

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
                 d->path, d->codec->name, text ? text : "unknown cause");
    return ch_error_hint(err, "copy or make the file again");
}

static int filter_open(struct decompressor *d, struct ch_error *err)
{
    struct archive_entry *entry;

    d->filter = archive_read_new();
    if (!d->filter)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", d->path);
    /* ARCHIVE_WARN would mean: by starting an external program. */
    if (d->codec->add_filter(d->filter) != ARCHIVE_OK)
        return ch_error_set(err, 0,
                            "cannot read \"%s\": this libarchive lacks %s",
                            d->path, d->codec->name);
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

    if (control_is_cancelled(d->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", d->path);
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
    .read = input_take,
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
    d->fd = open(d->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (d->fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", d->path);
    if (input_fill(d, err) < 0)
        return -1;
    d->codec = codec_find(d->input, d->input_end);
    return d->codec->open(d, err);
}

int decompressor_open(struct decompressor **decompressor, const char *path,
                      struct ch_control *control, struct ch_error *err)
{
    struct decompressor *d = calloc(1, sizeof(*d));

    if (!d)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", path);
    d->fd = -1;
    d->control = control;
    d->path = strdup(path);
    d->input = malloc(CHUNK_SIZE);
    if (!d->path || !d->input) {
        decompressor_close(d);
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", path);
    }
    if (decompressor_start(d, err) < 0) {
        decompressor_close(d);
        return -1;
    }
    *decompressor = d;
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

    if (!d->skip_end || input_available(d))
        return 0;
    position = lseek(d->fd, 0, SEEK_CUR);
    /* Not behind the end: that it comes early is noticed by reading only. */
    if (position < 0 || length > d->skip_end - position ||
        lseek(d->fd, length, SEEK_CUR) < 0)
        return 0;
    control_add(d->control, length);
    return length;
}

void decompressor_close(struct decompressor *d)
{
    if (!d)
        return;
    if (d->filter)
        (void)archive_read_free(d->filter); /* read errors were reported */
    if (d->zlib_open)
        (void)inflateEnd(&d->zlib); /* fails for a broken z_stream only */
    ch_error_clear(&d->read_error);
    cleanup_close(&d->fd);
    free(d->path);
    free(d->input);
    free(d->output);
    free(d);
}
