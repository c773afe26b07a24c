/* A tar archive as a sequence of members, whatever its compression: the one
   way in for scanning, extracting and filtering. libarchive reads the headers
   (all tar dialects, and no other format); names are bytes, in no character
   set. */

#ifndef CH_ARCHIVE_INPUT_H
#define CH_ARCHIVE_INPUT_H

#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "error.h"

struct archive_input;

/* A piece of a member's data. Pieces come in order of their offsets; what lies
   between them, and behind the last one, is a hole. */
struct archive_block {
    const void *data;
    size_t length;
    int64_t offset;
};

/* Where an archive's bytes come from: decompressor_read()'s contract. */
struct archive_source {
    void *context;
    ssize_t (*read)(void *context, const void **data, struct ch_error *err);
};

/* Open the archive `path`; the caller closes it with archive_input_close(). */
int archive_input_open(struct archive_input **input, const char *path,
                       struct ch_control *control, struct ch_error *err);

/* The same for bytes from elsewhere, already decompressed; `source` is copied,
   and `name` is for messages. */
int archive_input_open_source(struct archive_input **input,
                              const struct archive_source *source,
                              const char *name, struct ch_control *control,
                              struct ch_error *err);

/* Go to the next member; `*entry` is valid until the next call. Returns 1, 0
   at the end (the rest of the file has then been read and its checksums were
   right), or -1. */
int archive_input_next(struct archive_input *input,
                       struct archive_entry **entry, struct ch_error *err);

/* The next piece of the current member's data, valid until the next call. It
   lies within the member's size. Returns 1, 0 when there is no more, or -1. */
int archive_input_read(struct archive_input *input, struct archive_block *block,
                       struct ch_error *err);

/* Release everything. NULL is allowed. */
void archive_input_close(struct archive_input *input);

static inline void cleanup_archive_input(struct archive_input **input)
{
    archive_input_close(*input);
}

#define CLEANUP_ARCHIVE_INPUT __attribute__((cleanup(cleanup_archive_input)))

#endif
