#include "config.h"

#include "tar_filter.h"

#include <errno.h>
#include <string.h>

#include "archive_input.h"
#include "cleanup.h"
#include "stream_names.h"
#include "tar_output.h"

/* SquashFS holds times as unsigned 32-bit numbers; mksquashfs fails on those
   before 1970 and wraps those after 2106. */
#define MTIME_MAX INT64_C(0xffffffff)

struct filter {
    struct archive_input *input;
    struct tar_output *output;
    struct stream_names names;
    struct member_stats stats;
};

static void filter_release(struct filter *filter)
{
    archive_input_close(filter->input);
    tar_output_close(filter->output);
    stream_names_release(&filter->names);
}

#define CLEANUP_FILTER __attribute__((cleanup(filter_release)))

/* --- data --- */

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

static int copy_data(struct filter *filter, const struct member *member,
                     const struct tar_segments *segments, struct ch_error *err)
{
    struct copy copy = {
        .output = filter->output,
        .segment = segments->items,
        .left = segments->count,
        .position = segments->count ? segments->items->offset : 0,
    };
    struct archive_block block;
    int status;

    while ((status = archive_input_read(filter->input, &block, err)) > 0) {
        if (copy_block(&copy, &block, member, err) < 0)
            return -1;
        filter->stats.bytes += (int64_t)block.length;
    }
    if (status < 0 || copy_advance(&copy, INT64_MAX, err) < 0)
        return -1;
    return tar_output_end_member(filter->output, tar_segments_length(segments),
                                 err);
}

/* --- members --- */

static enum tar_type type_of(const struct member *member)
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

static int64_t clamp_mtime(int64_t mtime)
{
    if (mtime < 0)
        return 0;
    return mtime > MTIME_MAX ? MTIME_MAX : mtime;
}

static int write_file(struct filter *filter, struct archive_entry *entry,
                      const struct member *member, struct tar_header *header,
                      struct ch_error *err)
{
    CLEANUP_TAR_SEGMENTS struct tar_segments segments = {0};
    int sparse = find_segments(&segments, entry, member, err);

    if (sparse < 0)
        return -1;
    header->size = member->size;
    if (sparse)
        header->segments = &segments;
    if (tar_output_header(filter->output, header, err) < 0)
        return -1;
    return copy_data(filter, member, &segments, err);
}

static int write_member(struct filter *filter, struct archive_entry *entry,
                        const struct member *member, struct ch_error *err)
{
    struct tar_header header = {
        .type = type_of(member),
        .name = member->name,
        .target = member->target,
        .mode = member->mode,
        .mtime = clamp_mtime(member->mtime.tv_sec),
        .xattrs = &member->xattrs,
    };

    filter->stats.entries++;
    if (member->kind == MEMBER_FILE)
        return write_file(filter, entry, member, &header, err);
    return tar_output_header(filter->output, &header, err);
}

static int filter_next(struct filter *filter,
                       const struct member_options *options,
                       struct ch_error *err)
{
    CLEANUP_MEMBER struct member member = {0};
    struct archive_entry *entry;
    int status = archive_input_next(filter->input, &entry, err);

    if (status <= 0)
        return status;
    if (member_from_entry(&member, entry, options, err) < 0)
        return -1;
    switch (stream_names_judge(&filter->names, &member, err)) {
    case STREAM_PASS:
        return write_member(filter, entry, &member, err) < 0 ? -1 : 1;
    case STREAM_DROP:
        return 1;
    case STREAM_DEVICE:
        filter->stats.devices++;
        return 1;
    default:
        return -1;
    }
}

/* --- additions --- */

static int add_member(struct filter *filter, enum member_kind kind,
                      const char *name, size_t length, struct ch_error *err)
{
    CLEANUP_MEMBER struct member member = {
        .kind = kind,
        .name = strndup(name, length),
        .mode = kind == MEMBER_DIRECTORY ? 0755 : 0644,
    };
    const struct tar_header header = {
        .type = type_of(&member),
        .name = member.name,
        .mode = member.mode,
    };

    if (!member.name)
        return ch_error_set(err, ENOMEM, "cannot add \"%s\"", name);
    if (stream_names_judge(&filter->names, &member, err) < 0)
        return -1;
    return tar_output_header(filter->output, &header, err);
}

/* Add the directory and what is missing above it. Returns whether there is a
   directory then, or -1. */
static int add_directory(struct filter *filter, const char *name, size_t length,
                         struct ch_error *err)
{
    size_t end = 0;

    while (end < length) {
        end += strcspn(name + end, "/");
        switch (stream_names_kind(&filter->names, name, end)) {
        case NAME_DIRECTORY:
            break;
        case NAME_OTHER:
            return 0;
        default:
            if (add_member(filter, MEMBER_DIRECTORY, name, end, err) < 0)
                return -1;
        }
        end++;
    }
    return 1;
}

static int add_file(struct filter *filter, const char *name,
                    struct ch_error *err)
{
    const char *slash = strrchr(name, '/');
    int status =
        slash ? add_directory(filter, name, (size_t)(slash - name), err) : 1;

    if (status <= 0)
        return status;
    switch (stream_names_kind(&filter->names, name, strlen(name))) {
    case NAME_UNKNOWN:
    case NAME_DEVICE:
        return add_member(filter, MEMBER_FILE, name, strlen(name), err);
    default:
        return 0;
    }
}

static int add_missing(struct filter *filter,
                       const struct tar_filter_options *options,
                       struct ch_error *err)
{
    const char *const *name;
    size_t i;

    /* mksquashfs would give implied directories the present time, and every
       image made of one archive would differ. */
    for (i = 0; i < filter->names.implied_count; i++) {
        const char *implied = filter->names.implied[i];

        if (add_directory(filter, implied, strlen(implied), err) < 0)
            return -1;
    }
    for (name = options->directories; name && *name; name++)
        if (add_directory(filter, *name, strlen(*name), err) < 0)
            return -1;
    for (name = options->files; name && *name; name++)
        if (add_file(filter, *name, err) < 0)
            return -1;
    return 0;
}

int tar_filter(const char *path, int fd,
               const struct tar_filter_options *options,
               struct ch_control *control, struct member_stats *stats,
               struct ch_error *err)
{
    CLEANUP_FILTER struct filter filter = {0};
    int status;

    if (archive_input_open(&filter.input, path, control, err) < 0 ||
        tar_output_open(&filter.output, fd, COMPRESSION_NONE, control, err) < 0)
        return -1;
    do {
        status = filter_next(&filter, &options->member, err);
    } while (status > 0);
    if (status < 0 || add_missing(&filter, options, err) < 0 ||
        tar_output_finish(filter.output, err) < 0)
        return -1;
    *stats = filter.stats;
    return 0;
}
