#include "config.h"

#include "merge.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "core/tar_extract.h"
#include "scratch.h"

static const struct layer_limits LIMITS = {1 << 24, 100};

static int open_layer(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        give_up("open", path);
    return fd;
}

static int add_layer(struct layer_merge *merge, const struct merge_layer *layer,
                     struct layer_merge_result *total, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open_layer(layer->path);
    const struct layer_source source = {
        .fd = fd,
        .name = "layer",
        .digest = layer->digest ? layer->digest : "",
        .diff_id = layer->diff_id ? layer->diff_id : "",
        .limits = LIMITS,
    };
    struct layer_merge_result found;

    if (layer_merge_add(merge, &source, NULL, &found, err) < 0)
        return -1;
    total->devices += found.devices;
    total->whiteouts += found.whiteouts;
    total->digests = found.digests;
    return 0;
}

static int write_merged(struct layer_merge *merge,
                        const struct merge_layer *layers, size_t count,
                        struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        open("merged.tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CLEANUP_FREE int *fds = calloc(count + 1, sizeof(*fds));
    struct member_stats stats;
    int status;
    size_t i;

    if (fd < 0 || !fds)
        give_up("make", "merged.tar");
    for (i = 0; i < count; i++)
        fds[i] = open_layer(layers[i].path);
    status = layer_merge_write(merge, fds, fd, NULL, &stats, err);
    for (i = 0; i < count; i++)
        (void)close(fds[i]); /* opened for reading only */
    return status;
}

int merge_with(const struct merge_layer *layers, size_t count,
               const char *const *directories, const char *const *files,
               struct layer_merge_info *info, struct layer_merge_result *total,
               struct ch_error *err)
{
    struct layer_merge *merge;
    int status = 0;
    size_t i;

    *total = (struct layer_merge_result){0};
    if (layer_merge_open(&merge, true, err) < 0)
        return -1;
    for (i = 0; i < count && !status; i++)
        status = add_layer(merge, &layers[i], total, err);
    if (!status)
        status = layer_merge_finish(merge, directories, files, info, err);
    if (!status)
        status = write_merged(merge, layers, count, err);
    layer_merge_close(merge);
    return status;
}

int merge_layers(const struct merge_layer *layers, size_t count,
                 struct layer_merge_info *info,
                 struct layer_merge_result *total, struct ch_error *err)
{
    return merge_with(layers, count, NULL, NULL, info, total, err);
}

void unpack_archive(const char *archive, const char *directory)
{
    const struct member_options options = {.strip = "", .xattrs = true};
    struct ch_error err = CH_ERROR_INIT;
    struct member_stats stats;

    make_fresh(directory);
    if (tar_extract(archive, directory, &options, NULL, &stats, &err) < 0)
        give_up(ch_error_text(&err), archive);
}
