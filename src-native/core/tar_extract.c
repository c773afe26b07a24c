#include "config.h"

#include "tar_extract.h"

#include <errno.h>
#include <fcntl.h>

#include "archive_input.h"
#include "cleanup.h"
#include "extraction.h"
#include "tree_implied.h"

static int extract_next(struct extraction *extraction,
                        const struct member_options *options,
                        struct ch_error *err)
{
    CLEANUP_MEMBER struct member member = {0};
    struct archive_entry *entry;
    int status = archive_input_next(extraction->input, &entry, err);

    if (status <= 0)
        return status;
    if (member_from_entry(&member, entry, options, err) < 0 ||
        extraction_add(extraction, &member, err) < 0)
        return -1;
    return 1;
}

int tar_extract(const char *path, const char *directory,
                const struct member_options *options,
                struct ch_control *control, struct member_stats *stats,
                struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    CLEANUP_EXTRACTION struct extraction extraction = EXTRACTION_INIT;
    CLEANUP_CLOSE int root_fd =
        open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    if (root_fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", directory);
    if (archive_input_open(&input, path, control, err) < 0)
        return -1;
    extraction_start(&extraction, root_fd, input);
    /* The root itself, if no member describes it, is implied like others. */
    if (tree_implied_describe(&extraction.writer, root_fd, "", err) < 0)
        return -1;
    do {
        status = extract_next(&extraction, options, err);
    } while (status > 0);
    if (status < 0 || extraction_finish(&extraction, err) < 0)
        return -1;
    *stats = extraction.stats;
    return 0;
}
