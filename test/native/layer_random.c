#include "config.h"

#include "layer_random.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/xattrs.h"
#include "scratch.h"

#define MEMBERS_MAX 16
#define NAME_SIZE   64

/* What a layer has so far. */
struct layer {
    struct archive_builder *builder;
    uint32_t *state;
    bool tangled; /* names may go through symlinks */
    char symlinks[MEMBERS_MAX][NAME_SIZE];
    size_t symlink_count;
    char files[MEMBERS_MAX][NAME_SIZE];
    size_t file_count;
};

uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

unsigned random_below(uint32_t *state, unsigned limit)
{
    return (random_next(state) >> 4) % limit;
}

/* --- names --- */

/* Both are arrays of NAME_SIZE, perhaps the same one. */
static void copy_name(char *to, const char *from)
{
    memmove(to, from, NAME_SIZE);
}

static bool is_below(const char *name, const char *directory)
{
    size_t length = strlen(directory);

    return !strncmp(name, directory, length) && name[length] == '/';
}

static bool goes_through_symlink(const struct layer *layer, const char *name)
{
    size_t i;

    for (i = 0; !layer->tangled && i < layer->symlink_count; i++)
        if (is_below(name, layer->symlinks[i]))
            return true;
    return false;
}

static void random_name(const struct layer *layer, char name[NAME_SIZE])
{
    static const char *const NAMES[] = {"a", "b", "c", "d", "\303\244 \377"};

    do {
        unsigned depth = 1 + random_below(layer->state, 4);

        name[0] = '\0';
        while (depth-- > 0) {
            strncat(name, NAMES[random_below(layer->state, 5)],
                    NAME_SIZE - 1 - strlen(name));
            if (depth)
                strncat(name, "/", NAME_SIZE - 1 - strlen(name));
        }
    } while (goes_through_symlink(layer, name));
}

/* A name that was used, and is now another kind of thing. */
static void forget(struct layer *layer, const char *name)
{
    size_t i;

    for (i = 0; i < layer->symlink_count; i++)
        if (!strcmp(layer->symlinks[i], name))
            copy_name(layer->symlinks[i],
                      layer->symlinks[--layer->symlink_count]);
    for (i = 0; i < layer->file_count;) {
        if (!strcmp(layer->files[i], name) || is_below(layer->files[i], name) ||
            is_below(name, layer->files[i]))
            copy_name(layer->files[i], layer->files[--layer->file_count]);
        else
            i++;
    }
}

/* --- members --- */

static void random_attributes(uint32_t *state, struct tar_header *header,
                              struct xattr_list *xattrs)
{
    static const mode_t MODES[] = {0644, 0755, 0, 0444, 04755, 02710, 01777};
    char value[16];
    int length = snprintf(value, sizeof(value), "%u", random_below(state, 99));

    header->mode = MODES[random_below(state, 7)];
    header->mtime = (int64_t)random_below(state, 2000000000);
    header->mtime_nsec = random_below(state, 2) ? 0 : 987654321;
    if (!random_below(state, 3) &&
        xattrs_append(xattrs, "user.chance", value, (size_t)length) < 0)
        give_up("make", "attributes");
    header->xattrs = xattrs;
}

static void add_described(struct layer *layer, enum tar_type type,
                          const char *name, const char *content)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    struct tar_header header = {
        .type = type,
        .name = name,
        .size = (int64_t)strlen(content),
    };

    random_attributes(layer->state, &header, &xattrs);
    builder_add(layer->builder, &header, content);
}

static void add_file(struct layer *layer, const char *name)
{
    char content[32];

    (void)snprintf(content, sizeof(content), "%u",
                   random_below(layer->state, 1000));
    add_described(layer, TAR_FILE, name, content);
    copy_name(layer->files[layer->file_count++], name);
}

static void add_sparse(struct layer *layer, const char *name)
{
    struct tar_segment segment = {4096, 512};
    struct tar_segments segments = {&segment, 1, 1};
    const struct tar_header header = {
        .type = TAR_FILE,
        .name = name,
        .mode = 0600,
        .size = 1 << 20,
        .segments = &segments,
    };
    char block[512] = "data";

    builder_add(layer->builder, &header, block);
}

static void add_symlink(struct layer *layer, const char *name)
{
    static const char *const TARGETS[] = {"a", "../b", "/c", "a/b", "."};

    builder_symlink(layer->builder, name,
                    TARGETS[random_below(layer->state, 5)]);
    copy_name(layer->symlinks[layer->symlink_count++], name);
}

static void add_hardlink(struct layer *layer, const char *name)
{
    char target[NAME_SIZE];

    if (!layer->file_count)
        return;
    copy_name(
        target,
        layer->files[random_below(layer->state, (unsigned)layer->file_count)]);
    if (!strcmp(target, name) || is_below(target, name) ||
        is_below(name, target))
        return;
    forget(layer, name);
    builder_hardlink(layer->builder, name, target);
}

static void add_whiteout(struct layer *layer, const char *name)
{
    const char *slash = strrchr(name, '/');
    char marker[NAME_SIZE + 8];

    (void)snprintf(marker, sizeof(marker), "%.*s.wh.%s",
                   slash ? (int)(slash + 1 - name) : 0, name,
                   slash ? slash + 1 : name);
    builder_file(layer->builder, marker, "");
}

static void add_opaque(struct layer *layer, const char *name)
{
    char marker[NAME_SIZE + 16];

    /* Seldom the root: it would make all that came before useless. */
    if (!random_below(layer->state, 20))
        name = ".";
    (void)snprintf(marker, sizeof(marker), "%s/.wh..wh..opq", name);
    builder_file(layer->builder, marker, "");
}

static bool is_symlink(const struct layer *layer, const char *name)
{
    size_t i;

    for (i = 0; i < layer->symlink_count; i++)
        if (!strcmp(layer->symlinks[i], name))
            return true;
    return false;
}

/* A member that says what `name` is. */
static void add_entry(struct layer *layer, const char *name)
{
    unsigned kind = random_below(layer->state, 10);

    /* A directory would be where the symlink leads. */
    if (!layer->tangled && is_symlink(layer, name))
        kind = 0;
    if (kind == 9) {
        add_hardlink(layer, name);
        return;
    }
    forget(layer, name);
    if (kind < 4)
        add_file(layer, name);
    else if (kind < 7)
        add_described(layer, TAR_DIRECTORY, name, "");
    else if (kind == 7)
        add_symlink(layer, name);
    else if (random_below(layer->state, 2))
        add_sparse(layer, name);
    else
        add_described(layer, TAR_FIFO, name, "");
}

static void random_members(struct archive_builder *builder, uint32_t *state,
                           bool tangled)
{
    struct layer layer = {
        .builder = builder,
        .state = state,
        .tangled = tangled,
    };
    unsigned count = 1 + random_below(state, MEMBERS_MAX - 1);

    if (!random_below(state, 3))
        add_described(&layer, TAR_DIRECTORY, ".", "");
    while (count-- > 0) {
        char name[NAME_SIZE];
        unsigned kind = random_below(state, 10);

        random_name(&layer, name);
        if (kind < 7)
            add_entry(&layer, name);
        else if (kind < 9)
            add_whiteout(&layer, name);
        else
            add_opaque(&layer, name);
    }
}

void random_layer(struct archive_builder *builder, uint32_t *state)
{
    random_members(builder, state, false);
}

void random_tangled_layer(struct archive_builder *builder, uint32_t *state)
{
    random_members(builder, state, true);
}
