#include "config.h"

#include "layer_apply.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "archive_input.h"
#include "cleanup.h"
#include "extraction.h"
#include "layer_input.h"
#include "layer_member.h"
#include "layer_whiteouts.h"
#include "tree_implied.h"
#include "whiteout.h"

/* How much may be written before the free space is looked at again, and what a
   member counts for besides its data. */
#define SPACE_STEP  ((int64_t)16 * 1024 * 1024)
#define MEMBER_COST 4096

struct application {
    const struct layer_apply_options *options;
    struct layer_input input;
    int root_fd;
    bool keeps_xattrs; /* they are wanted, and the file system has them */
    struct extraction extraction;
    struct layer_whiteouts whiteouts;
    struct layer_lower lower;
    struct entry_set own;
    int64_t checked; /* cost so far when the free space was looked at */
    struct layer_result result;
};

static void application_release(struct application *application)
{
    layer_input_release(&application->input);
    extraction_release(&application->extraction);
    layer_whiteouts_release(&application->whiteouts);
    layer_lower_release(&application->lower);
    entry_set_release(&application->own);
    cleanup_close(&application->root_fd);
}

#define CLEANUP_APPLICATION __attribute__((cleanup(application_release)))

/* --- space --- */

/* Make sure that `size` more bytes leave the reserve. */
static int check_space(struct application *application, int64_t size,
                       struct ch_error *err)
{
    const struct member_stats *stats = &application->extraction.stats;
    int64_t cost = stats->bytes + stats->entries * MEMBER_COST;
    int64_t reserve = application->options->reserve;
    struct statvfs fs;

    if (!reserve || cost + size - application->checked < SPACE_STEP)
        return 0;
    application->checked = cost;
    if (fstatvfs(application->root_fd, &fs) < 0)
        return ch_error_set(err, errno, "cannot tell free space");
    if ((int64_t)(fs.f_bavail * fs.f_frsize) - size >= reserve)
        return 0;
    ch_error_set(err, ENOSPC, "cannot unpack \"%s\"",
                 application->options->source.name);
    return ch_error_hint(err, "make room, or use another storage directory");
}

/* --- members --- */

/* Extended attributes that the member shall get. */
static int settle_xattrs(struct application *application,
                         struct layer_member *layer_member,
                         struct ch_error *err)
{
    struct member *member = &layer_member->member;

    if (member->xattrs.count && !application->keeps_xattrs) {
        application->result.xattrs += !application->options->without_xattrs;
        xattrs_release(&member->xattrs);
    }
    application->result.privileged += layer_member_is_privileged(layer_member);
    if (!application->keeps_xattrs)
        return 0;
    return layer_member_keep_mode(layer_member, err);
}

static int add_whiteout(struct application *application,
                        const struct member *member, struct ch_error *err)
{
    application->result.whiteouts++;
    if (!strcmp(member->name, WHITEOUT_OPAQUE) &&
        application->options->form == LAYER_OVERLAY)
        application->result.opaque = true;
    if (layer_whiteouts_add(&application->whiteouts, member->name) < 0)
        return ch_error_set(err, errno, "cannot unpack \"%s\"", member->name);
    return 0;
}

static int apply_member(struct application *application,
                        struct layer_member *layer_member, struct ch_error *err)
{
    struct member *member = &layer_member->member;
    int64_t size = 0;

    if (layer_member->kind == WHITEOUT_IGNORED)
        return 0;
    if (layer_member->kind != WHITEOUT_NONE)
        return add_whiteout(application, member, err);
    /* A sparse file takes less room than its size; how much, time will tell. */
    if (!archive_entry_sparse_count(layer_member->entry))
        size = member->size;
    if (settle_xattrs(application, layer_member, err) < 0 ||
        check_space(application, size, err) < 0)
        return -1;
    return extraction_add(&application->extraction, member, err);
}

static int apply_next(struct application *application, struct ch_error *err)
{
    CLEANUP_LAYER_MEMBER struct layer_member member = {0};
    int status = layer_input_next(&application->input, &member, err);

    if (status <= 0)
        return status;
    return apply_member(application, &member, err) < 0 ? -1 : 1;
}

/* --- the whole --- */

static bool has_xattrs(int fd)
{
    char value;

    return fgetxattr(fd, LAYER_XATTR_MODE, &value, 0) >= 0 || errno != ENOTSUP;
}

/* The root itself, if no member describes it, is implied like others. */
static int start_root(struct application *application, struct ch_error *err)
{
    struct tree_writer *writer = &application->extraction.writer;

    if (application->options->form == LAYER_FLAT) {
        writer->own = &application->own;
        return tree_implied_keep_root(writer, err);
    }
    writer->lower = &application->lower;
    return tree_implied_describe(writer, application->root_fd, "", err);
}

static int start(struct application *application, const char *directory,
                 struct ch_error *err)
{
    application->root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (application->root_fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", directory);
    application->keeps_xattrs = !application->options->without_xattrs &&
                                has_xattrs(application->root_fd);
    if (layer_lower_open_all(&application->lower, application->options->lower,
                             err) < 0)
        return -1;
    extraction_start(&application->extraction, application->root_fd,
                     application->input.archive);
    return start_root(application, err);
}

static int finish(struct application *application, struct ch_error *err)
{
    const struct layer_apply_options *options = application->options;
    struct tree_writer *writer = &application->extraction.writer;
    int status;

    if (options->form == LAYER_FLAT)
        status = layer_whiteouts_delete(&application->whiteouts, writer, err);
    else
        status = layer_whiteouts_mark(
            &application->whiteouts, writer,
            options->lower ? &application->lower : NULL, err);
    if (status < 0)
        return -1;
    return extraction_finish(&application->extraction, err);
}

static int apply_all(struct application *application, struct ch_error *err)
{
    int status;

    do {
        status = apply_next(application, err);
    } while (status > 0);
    return status < 0 ? -1 : finish(application, err);
}

int layer_apply(const struct layer_apply_options *options,
                const char *directory, struct ch_control *control,
                struct layer_result *result, struct ch_error *err)
{
    CLEANUP_APPLICATION struct application application = {
        .options = options,
        .root_fd = -1,
        .extraction = EXTRACTION_INIT,
    };

    if (layer_input_open(&application.input, &options->source, control, err) <
            0 ||
        start(&application, directory, err) < 0 ||
        apply_all(&application, err) < 0 ||
        layer_input_finish(&application.input, &application.result.digests,
                           err) < 0)
        return -1;
    application.result.stats = application.extraction.stats;
    *result = application.result;
    return 0;
}
