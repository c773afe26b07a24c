#include "config.h"

#include "tar_filter.h"

#include <errno.h>
#include <string.h>

#include "archive_input.h"
#include "cleanup.h"
#include "stream_names.h"
#include "tar_copy.h"
#include "tar_output.h"

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

/* --- members --- */

static int write_member(struct filter *filter, struct archive_entry *entry,
                        const struct member *member, struct ch_error *err)
{
    filter->stats.entries++;
    return tar_copy_member(filter->output, filter->input, entry, member,
                           &filter->stats.bytes, err);
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
        .type = tar_copy_type(&member),
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
