/* Stacks of layers made by chance, applied in both forms: what the one shows by
   the kernel's overlayfs, the other is. And each layer, made again from what
   was applied, is the same. CH_TEST_ROUNDS says how many. */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "core/layer_diff.h"
#include "core/tree_delete.h"
#include "layer_random.h"
#include "overlay.h"
#include "scratch.h"
#include "tap.h"
#include "tree_listing.h"

#define STACKS      30
#define LAYERS_MAX  6
#define LAYER_NAMES "l0", "l1", "l2", "l3", "l4", "l5"

struct stack {
    const char *layers[LAYERS_MAX + 1]; /* newest first */
    size_t count;
    bool failed;
};

static void clear(void)
{
    static const char *const NAMES[] = {LAYER_NAMES, "flat", "again"};
    const struct timespec times[] = {{0}, {0}};
    struct ch_error err = CH_ERROR_INIT;
    size_t i;

    for (i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (tree_delete(AT_FDCWD, NAMES[i], &err) < 0)
            give_up("delete", NAMES[i]);
    make_fresh("flat");
    if (chmod("flat", 0755) < 0 || utimensat(AT_FDCWD, "flat", times, 0) < 0)
        give_up("make", "flat");
}

static void fail(struct stack *stack, const char *what, struct ch_error *err)
{
    tap_note("%s: %s", what, ch_error_text(err));
    ch_error_clear(err);
    stack->failed = true;
}

/* Apply the file `path`. */
static int apply_path(const char *path, const char *directory,
                      enum layer_form form, const struct stack *stack,
                      struct layer_result *result, struct ch_error *err)
{
    const struct layer_apply_options options = {
        .source = {.fd = open(path, O_RDONLY | O_CLOEXEC),
                   .name = path,
                   .digest = "",
                   .diff_id = "",
                   .limits = {1 << 24, 100}},
        .form = form,
        .lower = stack ? stack->layers : NULL,
    };
    int status = layer_apply(&options, directory, NULL, result, err);

    (void)close(options.source.fd);
    return status;
}

/* Make a layer of `directory` again, apply that, and compare. */
static void check_round_trip(struct stack *stack, const char *directory)
{
    CLEANUP_BUFFER struct buffer before = {0}, after = {0};
    CLEANUP_CLOSE int fd =
        open("again.tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const struct layer_diff_options plain = {.compression = COMPRESSION_NONE};
    struct layer_diff_result made;
    struct layer_result applied;
    struct ch_error err = CH_ERROR_INIT;
    const char *difference;
    struct stat st;
    struct timespec times[2];

    if (fd < 0 || !look_at(directory, &st))
        give_up("make", "again.tar");
    make_fresh("again");
    if (layer_diff(directory, fd, &plain, NULL, &made, &err) < 0 ||
        apply_path("again.tar", "again", LAYER_OVERLAY, NULL, &applied, &err) <
            0) {
        fail(stack, "making a layer again", &err);
        return;
    }
    /* The root is no part of a layer that is made. */
    times[0] = times[1] = st.st_mtim;
    if (chmod("again", st.st_mode & 07777) < 0 ||
        utimensat(AT_FDCWD, "again", times, 0) < 0)
        give_up("describe", "again");
    list_tree(directory, &before);
    list_tree("again", &after);
    difference =
        first_difference(strchr(before.data, '\n'), strchr(after.data, '\n'));
    if (difference) {
        tap_note("made again: %s", difference);
        stack->failed = true;
    }
}

/* Add one layer, in both forms. */
static void add_layer(struct stack *stack, const char *name, uint32_t *state)
{
    struct archive_builder builder = {0};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    size_t i;

    random_layer(&builder, state);
    builder_save(&builder, "layer.tar");
    make_fresh(name);
    if (apply_path("layer.tar", name, LAYER_OVERLAY, stack, &result, &err) <
        0) {
        fail(stack, "a layer of its own", &err);
        return;
    }
    check_round_trip(stack, name);
    if (result.opaque)
        stack->count = 0; /* nothing below it is seen */
    for (i = stack->count++; i > 0; i--)
        stack->layers[i] = stack->layers[i - 1];
    stack->layers[0] = name;
    stack->layers[stack->count] = NULL;
    if (apply_path("layer.tar", "flat", LAYER_FLAT, stack, &result, &err) < 0)
        fail(stack, "into one tree", &err);
}

/* Returns -1 where there is no overlayfs to compare with. */
static int compare(struct stack *stack)
{
    CLEANUP_BUFFER struct buffer overlay = {0}, flat = {0};
    const char *difference;

    if (list_overlay(stack->layers, &overlay) < 0)
        return -1;
    list_tree("flat", &flat);
    difference = first_difference(overlay.data, flat.data);
    if (!difference)
        return 0;
    tap_note("overlayfs and one tree: %s", difference);
    stack->failed = true;
    return 0;
}

static int test_stack(uint32_t seed)
{
    static const char *const NAMES[] = {LAYER_NAMES};
    uint32_t state = seed;
    struct stack stack = {0};
    unsigned count, i;

    clear();
    count = 1 + random_below(&state, LAYERS_MAX);
    for (i = 0; i < count && !stack.failed; i++)
        add_layer(&stack, NAMES[i], &state);
    if (!stack.failed && compare(&stack) < 0)
        return -1;
    OK(!stack.failed, "both forms of layers show the same, seed %u", seed);
    return 0;
}

int main(int argc, char **argv)
{
    const char *given = getenv("CH_TEST_ROUNDS");
    unsigned long rounds = given ? strtoul(given, NULL, 10) * 20 : STACKS;
    unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    unsigned long i;

    scratch_enter();
    if (!xattrs_work())
        tap_skip("no extended attributes here", "layers for overlayfs");
    else
        for (i = 0; i < rounds; i++)
            if (test_stack((uint32_t)(first + i)) < 0) {
                tap_skip("no overlayfs in user namespaces here",
                         "both forms of layers show the same");
                break;
            }
    scratch_leave();
    return tap_done();
}
