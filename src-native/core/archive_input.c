/* Two stages: decompress.c makes bytes, and a libarchive reader that knows the
   tar formats only takes them through callbacks. Keeping the stages apart lets
   us verify gzip's checksum and read the file to its end, neither of which
   libarchive does.

   libarchive converts pax headers from UTF-8 to the locale's character set, and
   in a UTF-8 locale may normalise them. In the "C" locale nothing but ASCII
   converts, and for the rest it falls back on the bytes as they are, which is
   what we want of all. */

#include "config.h"

#include "archive_input.h"

#include <archive.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "decompress.h"

struct archive_input {
    char *path; /* for messages */
    struct ch_control *control;
    struct archive_source source;
    struct decompressor *file; /* what the source reads, if it is ours */
    locale_t locale;           /* "C" */
    struct archive *tar;
    struct archive_entry *entry; /* the current member; tar owns it */
    struct ch_error source_error;
};

static la_ssize_t tar_read(struct archive *archive, void *context,
                           const void **data)
{
    struct archive_input *input = context;
    ssize_t length =
        input->source.read(input->source.context, data, &input->source_error);

    if (length < 0)
        archive_set_error(archive, EIO, "see source_error");
    return length;
}

static la_int64_t tar_skip(struct archive *archive, void *context,
                           la_int64_t length)
{
    struct archive_input *input = context;

    (void)archive; /* nothing to report: what is not skipped will be read */
    return input->file ? decompressor_skip(input->file, length) : 0;
}

/* The error of the stage that failed. */
static int input_failure(struct archive_input *input, struct ch_error *err)
{
    const char *text = archive_error_string(input->tar);

    ch_error_clear(err);
    if (input->source_error.message) {
        *err = input->source_error;
        input->source_error = (struct ch_error)CH_ERROR_INIT;
        return -1;
    }
    ch_error_set(err, 0, "cannot read \"%s\": %s", input->path,
                 text ? text : "corrupt tar archive");
    return ch_error_hint(err, "the archive is damaged or was cut short: copy "
                              "or make it again");
}

static int not_an_archive(struct archive_input *input, struct ch_error *err)
{
    if (input->source_error.message)
        return input_failure(input, err);
    ch_error_set(err, 0, "cannot read \"%s\": not a tar archive", input->path);
    return ch_error_hint(err, "plain tar, and tar compressed by gzip, xz, "
                              "bzip2 or zstd, can be read");
}

static ssize_t file_read(void *context, const void **data, struct ch_error *err)
{
    return decompressor_read(context, data, err);
}

static int input_start(struct archive_input *input, struct ch_error *err)
{
    input->locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    input->tar = archive_read_new();
    if (!input->locale || !input->tar ||
        archive_read_support_format_tar(input->tar) != ARCHIVE_OK)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", input->path);
    if (archive_read_open2(input->tar, input, NULL, tar_read, tar_skip, NULL))
        return not_an_archive(input, err);
    return 0;
}

static struct archive_input *
input_make(const char *name, struct ch_control *control, struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *made = calloc(1, sizeof(*made));

    if (!made || !(made->path = strdup(name))) {
        ch_error_set(err, ENOMEM, "cannot read \"%s\"", name);
        return NULL;
    }
    made->control = control;
    return take_ptr(made);
}

int archive_input_open(struct archive_input **input, const char *path,
                       struct ch_control *control, struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *made =
        input_make(path, control, err);

    if (!made || decompressor_open(&made->file, path, control, err) < 0)
        return -1;
    made->source = (struct archive_source){made->file, file_read};
    if (input_start(made, err) < 0)
        return -1;
    *input = take_ptr(made);
    return 0;
}

int archive_input_open_source(struct archive_input **input,
                              const struct archive_source *source,
                              const char *name, struct ch_control *control,
                              struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *made =
        input_make(name, control, err);

    if (!made)
        return -1;
    made->source = *source;
    if (input_start(made, err) < 0)
        return -1;
    *input = take_ptr(made);
    return 0;
}

/* Behind the end of the archive there may be padding, and the checksum of what
   came before. */
static int input_drain(struct archive_input *input, struct ch_error *err)
{
    const void *data;
    ssize_t length;

    do {
        length = input->source.read(input->source.context, &data, err);
    } while (length > 0);
    return (int)length;
}

static int next_header(struct archive_input *input)
{
    locale_t before = uselocale(input->locale); /* of this thread only */
    int status = archive_read_next_header(input->tar, &input->entry);

    (void)uselocale(before); /* it was valid a moment ago */
    return status;
}

int archive_input_next(struct archive_input *input,
                       struct archive_entry **entry, struct ch_error *err)
{
    bool first = !input->entry;
    int status;

    if (control_is_cancelled(input->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", input->path);
    status = next_header(input);
    if (status == ARCHIVE_EOF)
        return input_drain(input, err);
    /* Warnings are about character sets and unknown attributes. */
    if (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
        *entry = input->entry;
        return 1;
    }
    return first ? not_an_archive(input, err) : input_failure(input, err);
}

int archive_input_read(struct archive_input *input, struct archive_block *block,
                       struct ch_error *err)
{
    int64_t size = archive_entry_size(input->entry);
    la_int64_t offset;
    int status;

    if (control_is_cancelled(input->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", input->path);
    status = archive_read_data_block(input->tar, &block->data, &block->length,
                                     &offset);
    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return input_failure(input, err);
    if (offset < 0 || offset > size || (int64_t)block->length > size - offset)
        return ch_error_set(err, 0,
                            "cannot read \"%s\": data of \"%s\" exceeds its "
                            "size",
                            input->path, archive_entry_pathname(input->entry));
    block->offset = offset;
    return 1;
}

void archive_input_close(struct archive_input *input)
{
    if (!input)
        return;
    if (input->tar)
        (void)archive_read_free(input->tar); /* read errors were reported */
    if (input->locale)
        freelocale(input->locale);
    decompressor_close(input->file);
    ch_error_clear(&input->source_error);
    free(input->path);
    free(input);
}
