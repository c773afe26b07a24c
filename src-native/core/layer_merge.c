#include "config.h"

#include "layer_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "layer_input.h"
#include "merge_index.h"
#include "merge_path.h"
#include "tar_copy.h"
#include "tar_output.h"

/* Of directories and files that no layer describes. */
#define MODE_DIRECTORY 0755
#define MODE_FILE      0644

struct layer_merge {
    struct merge_index index;
    bool xattrs;
    mode_t root_mode;
    bool root_xattrs; /* it has some */
    /* For each layer, one more than its last source; the limits of all. */
    uint32_t *ends;
    size_t layer_count;
    struct layer_limits limits;
};

/* The second reading. */
struct writing {
    struct layer_merge *merge;
    struct tar_output *output;
    struct buffer path, first; /* scratch */
    struct member_stats stats;
};

static void writing_release(struct writing *writing)
{
    tar_output_close(writing->output);
    buffer_release(&writing->path);
    buffer_release(&writing->first);
}

#define CLEANUP_WRITING __attribute__((cleanup(writing_release)))

static int no_memory(struct ch_error *err)
{
    return ch_error_set(err, ENOMEM, "cannot merge layers");
}

int layer_merge_open(struct layer_merge **merge, bool xattrs,
                     struct ch_error *err)
{
    struct layer_merge *made = calloc(1, sizeof(*made));

    if (!made)
        return no_memory(err);
    made->xattrs = xattrs;
    made->root_mode = MODE_DIRECTORY;
    made->index.layer = 1;
    if (merge_tree_init(&made->index.tree) < 0) {
        layer_merge_close(made);
        return no_memory(err);
    }
    *merge = made;
    return 0;
}

void layer_merge_close(struct layer_merge *merge)
{
    if (!merge)
        return;
    merge_index_release(&merge->index);
    free(merge->ends);
    free(merge);
}

/* --- the first reading --- */

static int unstreamable(const char *name, const char *cause,
                        struct ch_error *err)
{
    ch_error_set(err, 0, "cannot stream layers: \"%s\" %s", name, cause);
    err->errnum = LAYER_MERGE_UNSTREAMABLE;
    return -1;
}

/* Attributes that mksquashfs would not take from an archive. */
static int check_xattrs(const struct layer_merge *merge,
                        const struct member *member, struct ch_error *err)
{
    size_t i;

    if (!merge->xattrs)
        return 0;
    for (i = 0; i < member->xattrs.count; i++)
        if (strchr(member->xattrs.items[i].name, '='))
            return unstreamable(member->name,
                                "has an extended attribute with \"=\" in its "
                                "name",
                                err);
    return 0;
}

static int index_next(struct layer_merge *merge, struct layer_input *input,
                      struct ch_error *err)
{
    CLEANUP_LAYER_MEMBER struct layer_member member = {0};
    int status = layer_input_next(input, &member, err);

    if (status <= 0)
        return status;
    if (check_xattrs(merge, &member.member, err) < 0 ||
        merge_index_add(&merge->index, &member, err) < 0)
        return -1;
    if (!*member.member.name) {
        merge->root_mode = member.member.mode;
        merge->root_xattrs = member.member.xattrs.count > 0;
    }
    return 1;
}

static int end_layer(struct layer_merge *merge, struct ch_error *err)
{
    uint32_t *ends =
        reallocarray(merge->ends, merge->layer_count + 1, sizeof(*merge->ends));

    if (!ends)
        return no_memory(err);
    merge->ends = ends;
    ends[merge->layer_count++] = (uint32_t)merge->index.tree.source_count;
    merge_index_end_layer(&merge->index);
    return 0;
}

int layer_merge_add(struct layer_merge *merge,
                    const struct layer_source *source,
                    struct ch_control *control,
                    struct layer_merge_result *result, struct ch_error *err)
{
    CLEANUP_LAYER_INPUT struct layer_input input = {0};
    struct layer_merge_result found = {
        .whiteouts = -merge->index.whiteouts_count,
        .devices = -merge->index.devices_count,
    };
    int status;

    merge->limits = source->limits;
    if (layer_input_open(&input, source, control, err) < 0)
        return -1;
    do {
        status = index_next(merge, &input, err);
    } while (status > 0);
    if (status < 0 || end_layer(merge, err) < 0 ||
        layer_input_finish(&input, &found.digests, err) < 0)
        return -1;
    found.whiteouts += merge->index.whiteouts_count;
    found.devices += merge->index.devices_count;
    *result = found;
    return 0;
}

static int64_t newest_mtime(const struct merge_tree *tree)
{
    uint32_t newest = 0;
    size_t i;

    for (i = 0; i < tree->source_count; i++)
        if (tree->sources[i].node && tree->sources[i].mtime > newest)
            newest = tree->sources[i].mtime;
    return newest;
}

int layer_merge_finish(struct layer_merge *merge,
                       const char *const *directories, const char *const *files,
                       struct layer_merge_info *info, struct ch_error *err)
{
    if (merge->xattrs && merge->root_xattrs)
        return unstreamable("/", "has extended attributes", err);
    for (; directories && *directories; directories++)
        if (merge_index_place(&merge->index, *directories, MERGE_DIRECTORY,
                              err) < 0)
            return -1;
    for (; files && *files; files++)
        if (merge_index_place(&merge->index, *files, MERGE_OTHER, err) < 0)
            return -1;
    *info = (struct layer_merge_info){
        .root_mode = merge->root_mode,
        .newest = newest_mtime(&merge->index.tree),
    };
    return 0;
}

/* --- the second reading --- */

/* Write the further names of what was written last, under `first`. */
static int write_links(struct writing *writing, uint32_t node,
                       struct ch_error *err)
{
    const struct merge_tree *tree = &writing->merge->index.tree;

    while ((node = merge_tree_node(tree, node)->next_link)) {
        struct tar_header header = {.type = TAR_HARDLINK, .mode = MODE_FILE};

        if (merge_path_of(tree, node, &writing->path) < 0)
            return no_memory(err);
        header.name = writing->path.data;
        header.target = writing->first.data;
        writing->stats.entries++;
        if (tar_output_header(writing->output, &header, err) < 0)
            return -1;
    }
    return 0;
}

/* Write the member under the name that it has in the end. */
static int write_member(struct writing *writing, struct layer_input *input,
                        struct layer_member *layer_member, uint32_t node,
                        struct ch_error *err)
{
    struct member *member = &layer_member->member;

    if (merge_path_of(&writing->merge->index.tree, node, &writing->first) < 0)
        return no_memory(err);
    if (!writing->merge->xattrs)
        xattrs_release(&member->xattrs);
    else if (layer_member_keep_mode(layer_member, err) < 0)
        return -1;
    free(member->name);
    member->name = strdup(writing->first.data);
    if (!member->name)
        return no_memory(err);
    writing->stats.entries++;
    if (tar_copy_member(writing->output, input->archive, layer_member->entry,
                        member, &writing->stats.bytes, err) < 0)
        return -1;
    return write_links(writing, node, err);
}

/* The source that a layer's next member may be. */
struct position {
    uint32_t source, end;
    uint32_t ordinal; /* of the next member */
};

static int write_next(struct writing *writing, struct layer_input *input,
                      struct position *position, struct ch_error *err)
{
    const struct merge_tree *tree = &writing->merge->index.tree;
    CLEANUP_LAYER_MEMBER struct layer_member member = {0};
    int status = layer_input_next(input, &member, err);
    uint32_t node;

    if (status <= 0 || position->source == position->end ||
        tree->sources[position->source].ordinal != position->ordinal++)
        return status;
    node = tree->sources[position->source++].node;
    if (!node || node == MERGE_ROOT)
        return 1;
    return write_member(writing, input, &member, node, err) < 0 ? -1 : 1;
}

static int write_layer(struct writing *writing, size_t number, int fd,
                       struct ch_control *control, struct ch_error *err)
{
    struct layer_merge *merge = writing->merge;
    const struct layer_source source = {
        .fd = fd,
        .name = "layer",
        .verified = true,
        .limits = merge->limits,
    };
    CLEANUP_LAYER_INPUT struct layer_input input = {0};
    struct position position = {
        .source = number ? merge->ends[number - 1] : 1,
        .end = merge->ends[number],
    };
    int status;

    if (layer_input_open(&input, &source, control, err) < 0)
        return -1;
    do {
        status = write_next(writing, &input, &position, err);
    } while (status > 0);
    if (!status && position.source != position.end)
        return ch_error_set(err, EIO, "cannot read layer %zu again", number);
    return status;
}

/* What no layer describes. */
static int write_undescribed(struct writing *writing, struct ch_error *err)
{
    const struct merge_tree *tree = &writing->merge->index.tree;
    uint32_t node;

    for (node = MERGE_ROOT + 1; node < tree->node_count; node++) {
        const struct merge_node *it = merge_tree_node(tree, node);
        struct tar_header header = {
            .type = it->kind == MERGE_DIRECTORY ? TAR_DIRECTORY : TAR_FILE,
            .mode = it->kind == MERGE_DIRECTORY ? MODE_DIRECTORY : MODE_FILE,
        };

        if (it->kind == MERGE_FREE || it->source)
            continue;
        if (merge_path_of(tree, node, &writing->path) < 0)
            return no_memory(err);
        header.name = writing->path.data;
        writing->stats.entries++;
        if (tar_output_header(writing->output, &header, err) < 0)
            return -1;
    }
    return 0;
}

int layer_merge_write(struct layer_merge *merge, const int *layers, int fd,
                      struct ch_control *control, struct member_stats *stats,
                      struct ch_error *err)
{
    CLEANUP_WRITING struct writing writing = {.merge = merge};
    size_t i;

    if (tar_output_open(&writing.output, fd, COMPRESSION_NONE, control, err) <
        0)
        return -1;
    for (i = 0; i < merge->layer_count; i++)
        if (write_layer(&writing, i, layers[i], control, err) < 0)
            return -1;
    if (write_undescribed(&writing, err) < 0 ||
        tar_output_finish(writing.output, err) < 0)
        return -1;
    *stats = writing.stats;
    return 0;
}
