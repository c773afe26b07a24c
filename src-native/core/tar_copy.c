#include "config.h"

#include "tar_copy.h"

#include <errno.h>

#include "cleanup.h"

/* SquashFS holds times as unsigned 32-bit numbers; mksquashfs fails on those
   before 1970 and wraps those after 2106. */
#define MTIME_MAX INT64_C(0xffffffff)

static int corrupt_map(const struct member *member, struct ch_error *err)
{
    return ch_error_set(err, 0, "cannot read \"%s\": corrupt map of its holes",
                        member->name);
}

/* Where a file has data: everywhere, unless it is sparse. Returns whether it is
   to be written as such, or -1. */
static int find_segments(struct tar_segments *segments,
                         struct archive_entry *entry,
                         const struct member *member, struct ch_error *err)
{
    bool sparse = archive_entry_sparse_reset(entry) > 0;
    la_int64_t offset, length;
    int64_t end = 0;
    int status = 0;

    while (!archive_entry_sparse_next(entry, &offset, &length) && !status) {
        if (offset < end || length < 0 || length > member->size - offset)
            return corrupt_map(member, err);
        end = offset + length;
        status = tar_segments_add(segments, offset, length);
    }
    if (!status)
        status = sparse ? tar_segments_align(segments, member->size)
                        : tar_segments_add(segments, 0, member->size);
    if (status < 0)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", member->name);
    return tar_segments_length(segments) < member->size;
}

/* Copying data into segments that may be larger than where the data is. */
struct copy {
    struct tar_output *output;
    const struct tar_segment *segment; /* the current one */
    size_t left;                       /* segments, with this one */
    int64_t position;                  /* in the file */
};

static int64_t segment_end(const struct copy *copy)
{
    return copy->segment->offset + copy->segment->length;
}

/* Fill with zeros up to `offset`, which is in a segment or behind them all. */
static int copy_advance(struct copy *copy, int64_t offset, struct ch_error *err)
{
    while (copy->left && offset >= segment_end(copy)) {
        if (tar_output_zeros(copy->output, segment_end(copy) - copy->position,
                             err) < 0)
            return -1;
        copy->segment++;
        if (--copy->left)
            copy->position = copy->segment->offset;
    }
    if (!copy->left || offset <= copy->position)
        return 0;
    if (tar_output_zeros(copy->output, offset - copy->position, err) < 0)
        return -1;
    copy->position = offset;
    return 0;
}

/* A block may go on into the next segment where that one begins at once. */
static int copy_block(struct copy *copy, const struct archive_block *block,
                      const struct member *member, struct ch_error *err)
{
    const char *data = block->data;
    int64_t offset = block->offset;
    int64_t left = (int64_t)block->length;

    while (left > 0) {
        int64_t length = left;

        if (copy_advance(copy, offset, err) < 0)
            return -1;
        if (!copy->left || offset != copy->position)
            return corrupt_map(member, err);
        if (length > segment_end(copy) - offset)
            length = segment_end(copy) - offset;
        if (tar_output_data(copy->output, data, (size_t)length, err) < 0)
            return -1;
        copy->position += length;
        data += length;
        offset += length;
        left -= length;
    }
    return 0;
}

static int copy_data(struct tar_output *output, struct archive_input *input,
                     const struct member *member,
                     const struct tar_segments *segments, int64_t *bytes,
                     struct ch_error *err)
{
    struct copy copy = {
        .output = output,
        .segment = segments->items,
        .left = segments->count,
        .position = segments->count ? segments->items->offset : 0,
    };
    struct archive_block block;
    int status;

    while ((status = archive_input_read(input, &block, err)) > 0) {
        if (copy_block(&copy, &block, member, err) < 0)
            return -1;
        *bytes += (int64_t)block.length;
    }
    if (status < 0 || copy_advance(&copy, INT64_MAX, err) < 0)
        return -1;
    return tar_output_end_member(output, tar_segments_length(segments), err);
}

enum tar_type tar_copy_type(const struct member *member)
{
    switch (member->kind) {
    case MEMBER_DIRECTORY:
        return TAR_DIRECTORY;
    case MEMBER_SYMLINK:
        return TAR_SYMLINK;
    case MEMBER_HARDLINK:
        return TAR_HARDLINK;
    case MEMBER_FIFO:
        return TAR_FIFO;
    default:
        return TAR_FILE;
    }
}

int64_t tar_copy_mtime(int64_t mtime)
{
    if (mtime < 0)
        return 0;
    return mtime > MTIME_MAX ? MTIME_MAX : mtime;
}

static int write_file(struct tar_output *output, struct archive_input *input,
                      struct archive_entry *entry, const struct member *member,
                      struct tar_header *header, int64_t *bytes,
                      struct ch_error *err)
{
    CLEANUP_TAR_SEGMENTS struct tar_segments segments = {0};
    int sparse = find_segments(&segments, entry, member, err);

    if (sparse < 0)
        return -1;
    header->size = member->size;
    if (sparse)
        header->segments = &segments;
    if (tar_output_header(output, header, err) < 0)
        return -1;
    return copy_data(output, input, member, &segments, bytes, err);
}

int tar_copy_member(struct tar_output *output, struct archive_input *input,
                    struct archive_entry *entry, const struct member *member,
                    int64_t *bytes, struct ch_error *err)
{
    struct tar_header header = {
        .type = tar_copy_type(member),
        .name = member->name,
        .target = member->target,
        .mode = member->mode,
        .mtime = tar_copy_mtime(member->mtime.tv_sec),
    };

    /* Nothing else can have any of the user namespace. */
    if (member->kind == MEMBER_FILE || member->kind == MEMBER_DIRECTORY)
        header.xattrs = &member->xattrs;
    if (member->kind == MEMBER_FILE)
        return write_file(output, input, entry, member, &header, bytes, err);
    return tar_output_header(output, &header, err);
}
