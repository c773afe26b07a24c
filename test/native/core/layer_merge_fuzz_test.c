/* Stacks of layers made by chance, merged: what mksquashfs makes of the archive
   is what it makes of the tree that the layers are unpacked to, one over the
   other. CH_TEST_ROUNDS says how many. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apply.h"
#include "core/cleanup.h"
#include "core/tar_create.h"
#include "core/whiteout.h"
#include "layer_random.h"
#include "merge.h"
#include "scratch.h"
#include "tap.h"
#include "tree_listing.h"

#define STACKS     20
#define LAYERS_MAX 6

struct stack {
    char names[LAYERS_MAX][32];
    size_t count;
    bool tangled;
};

static void make_stack(struct stack *stack, uint32_t *state)
{
    size_t i;

    stack->count = 1 + random_below(state, LAYERS_MAX);
    for (i = 0; i < stack->count; i++) {
        struct archive_builder builder = {0};

        (void)snprintf(stack->names[i], sizeof(stack->names[i]), "layer%zu", i);
        if (random_below(state, 2)) {
            random_layer(&builder, state);
        } else {
            random_tangled_layer(&builder, state);
            stack->tangled = true;
        }
        builder_save_gzip(&builder, stack->names[i]);
    }
}

/* --- unpacking --- */

static int apply_stack(const struct stack *stack, struct ch_error *err)
{
    const struct timespec times[] = {{0}, {0}};
    int status = 0;
    size_t i;

    make_fresh("flat");
    if (chmod("flat", 0755) < 0 || utimensat(AT_FDCWD, "flat", times, 0) < 0)
        give_up("make", "flat");
    for (i = 0; i < stack->count && !status; i++) {
        CLEANUP_CLOSE int fd = open(stack->names[i], O_RDONLY | O_CLOEXEC);
        const struct layer_apply_options options = {
            .source = {.fd = fd,
                       .name = "layer",
                       .digest = "",
                       .diff_id = "",
                       .limits = {1 << 24, 100}},
            .form = LAYER_FLAT,
        };
        struct layer_result result;

        status = layer_apply(&options, "flat", NULL, &result, err);
    }
    return status;
}

/* --- merging --- */

static int merge_stack(const struct stack *stack, struct layer_merge_info *info,
                       struct ch_error *err)
{
    struct merge_layer layers[LAYERS_MAX] = {0};
    struct layer_merge_result total;
    size_t i;

    for (i = 0; i < stack->count; i++)
        layers[i].path = stack->names[i];
    return merge_layers(layers, stack->count, info, &total, err);
}

/* --- comparing --- */

/* Seconds are all that a SquashFS image has of a time: the tree goes through an
   archive, too. The root is in none. */
static void make_tree(const char *archive, const char *directory)
{
    const struct timespec times[] = {{0}, {0}};

    unpack_archive(archive, directory);
    if (utimensat(AT_FDCWD, directory, times, 0) < 0)
        give_up("make", directory);
}

static void pack_flat(void)
{
    const struct tar_create_options options = {.xattrs = true};
    CLEANUP_CLOSE int fd =
        open("flat.tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct ch_error err = CH_ERROR_INIT;
    struct member_stats stats;

    if (fd < 0 || tar_create("flat", fd, &options, NULL, &stats, &err) < 0)
        give_up("make", "flat.tar");
}

/* Take the times of directories out of a listing. */
static void forget_times(char *listing)
{
    char *line, *end, *mode;

    for (line = listing; *line; line = end + 1) {
        end = line + strcspn(line, "\n");
        for (mode = line; mode < end; mode++)
            if (!strncmp(mode, " 4", 2) &&
                strspn(mode + 1, "01234567") == strlen("40755"))
                break;
        if (mode < end) {
            char *time = mode + strlen(" 40755 ");
            size_t length = strspn(time, "0123456789");

            memmove(time, time + length, strlen(time + length) + 1);
            end -= length;
        }
    }
}

/* Unpacking leaves a directory the time of its making where it was described
   through a symlink that then was replaced (directory_list.c). */
static bool same(const char *left, const char *right, bool tangled,
                 const char *what)
{
    CLEANUP_BUFFER struct buffer l = {0}, r = {0};
    const char *difference;

    list_tree(left, &l);
    list_tree(right, &r);
    difference = first_difference(l.data, r.data);
    if (difference && tangled) {
        forget_times(l.data);
        forget_times(r.data);
        difference = first_difference(l.data, r.data);
    }
    if (difference)
        tap_note("%s: %s", what, difference);
    return !difference;
}

static bool same_root(const struct layer_merge_info *info)
{
    struct stat st;

    if (!look_at("flat", &st))
        give_up("look at", "flat");
    if (info->root_mode == (st.st_mode & 07777) &&
        info->newest >= st.st_mtim.tv_sec)
        return true;
    tap_note("the root is %o", info->root_mode);
    return false;
}

/* Both by mksquashfs and back. Of the root only the mode can be told. */
static bool same_images(const struct layer_merge_info *info, bool tangled)
{
    static const char COMMAND[] =
        "rm -rf merged.sqfs flat.sqfs one two &&"
        "o='-noappend -no-progress -quiet -all-root -processors 1 -comp gzip "
        "-Xcompression-level 1' &&"
        "mksquashfs - merged.sqfs -tar $o -root-mode $0 <merged.tar &&"
        "mksquashfs flat flat.sqfs $o &&"
        "unsquashfs -q -n -d one flat.sqfs &&"
        "unsquashfs -q -n -d two merged.sqfs &&"
        "touch -d @0 one two";
    char mode[16];
    const char *const argv[] = {"sh", "-c", COMMAND, mode, NULL};

    (void)snprintf(mode, sizeof(mode), "%o", info->root_mode);
    if (removexattr("flat", LAYER_XATTR_MODE) < 0 && errno != ENODATA)
        give_up("remove an attribute of", "flat");
    if (run_program(argv, "squash.log"))
        give_up("make", "merged.sqfs");
    return same("one", "two", tangled, "SquashFS images");
}

static bool can_squash(void)
{
    static const char *const ARGV[] = {
        "sh", "-c", "mksquashfs -help 2>&1 | grep -q -- '^-root-mode'", NULL};

    return have_program("mksquashfs") && have_program("unsquashfs") &&
           !run_program(ARGV, NULL);
}

/* Whether the stack, which can be unpacked, is merged to the same; or has to be
   unpacked, and says so. */
static bool is_merged(const struct stack *stack, bool squash,
                      struct ch_error *err)
{
    struct layer_merge_info info;

    if (merge_stack(stack, &info, err) < 0)
        return err->errnum == LAYER_MERGE_UNSTREAMABLE &&
               strstr(ch_error_text(err), "\"/\" has extended attributes");
    pack_flat();
    make_tree("flat.tar", "packed");
    make_tree("merged.tar", "merged");
    return same("packed", "merged", stack->tangled, "trees") &&
           same_root(&info) && (!squash || same_images(&info, stack->tangled));
}

/* Whether the stack, which cannot be unpacked, is refused with the same words.
 */
static bool is_refused(const struct stack *stack, const char *words,
                       struct ch_error *err)
{
    struct layer_merge_info info;

    return merge_stack(stack, &info, err) < 0 &&
           !strcmp(words, ch_error_text(err));
}

static void test_stack(uint32_t seed, bool squash)
{
    uint32_t state = seed;
    struct stack stack = {0};
    struct ch_error applied = CH_ERROR_INIT, merged = CH_ERROR_INIT;
    bool right;

    make_stack(&stack, &state);
    if (apply_stack(&stack, &applied) < 0)
        right = is_refused(&stack, ch_error_text(&applied), &merged);
    else
        right = is_merged(&stack, squash, &merged);
    if (!OK(right, "merged layers are what they are unpacked, seed %u", seed)) {
        tap_note("unpacked: %s", applied.message ? applied.message : "yes");
        tap_note("merged: %s", merged.message ? merged.message : "yes");
    }
    ch_error_clear(&applied);
    ch_error_clear(&merged);
}

int main(int argc, char **argv)
{
    const char *given = getenv("CH_TEST_ROUNDS");
    unsigned long rounds = given ? strtoul(given, NULL, 10) * 20 : STACKS;
    unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    unsigned long i;
    bool squash;

    scratch_enter();
    squash = can_squash();
    if (!xattrs_work()) {
        tap_skip("no extended attributes here", "merged layers");
    } else {
        if (!squash)
            tap_skip("no mksquashfs that reads archives here",
                     "SquashFS images of merged layers");
        for (i = 0; i < rounds; i++)
            test_stack((uint32_t)(first + i), squash && (given || i % 4 == 0));
    }
    scratch_leave();
    return tap_done();
}
