/* Small layers that unpack to a lot: by compression, by many members, and by
   sizes that are only claimed. They end with an error, before the disk is full,
   or take no room. */

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

#define MEBI ((int64_t)1 << 20)

static void refuse(struct archive_builder *builder, struct layer_limits limits,
                   int64_t reserve, int errnum, const char *what)
{
    struct layer_apply_options options = {
        .source.limits = limits,
        .reserve = reserve,
    };
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;

    make_fresh("root");
    if (!OK(apply(builder, &options, "root", &result, &err) < 0 &&
                err.errnum == errnum && err.hint,
            "%s are refused", what))
        tap_note("%s", ch_error_text(&err));
    ch_error_clear(&err);
}

static void add_zeros(struct archive_builder *builder, int64_t size)
{
    const struct tar_header header = {
        .type = TAR_FILE, .name = "zeros", .mode = 0644, .size = size};
    CLEANUP_FREE void *zeros = calloc(1, (size_t)size);

    if (!zeros)
        give_up("make", "zeros");
    builder_add(builder, &header, zeros);
}

static void test_ratio(void)
{
    const struct layer_limits limits = {MEBI, 100};
    struct archive_builder builder = {0};
    struct stat st;
    int i;

    add_zeros(&builder, 32 * MEBI);
    refuse(&builder, limits, 0, EFBIG, "32 MiB of zeros in 32 KiB");
    OK(!look_at("root/zeros", &st) || st.st_size < 8 * MEBI,
       "the bomb was stopped early");
    for (i = 0; i < 10000; i++)
        builder_file(&builder, "same", "");
    refuse(&builder, limits, 0, EFBIG, "10000 empty files");
}

/* More than there can be is to stay free: what others write or delete meanwhile
   changes nothing. */
static void test_space(void)
{
    const struct layer_limits limits = {1024 * MEBI, 1000};
    struct archive_builder builder = {0};

    add_zeros(&builder, 32 * MEBI);
    refuse(&builder, limits, INT64_MAX, ENOSPC, "32 MiB where none are left");
    OK(!exists("root/zeros"), "nothing was written");
}

/* A sparse file's size takes no room, and is not counted as if it did. */
static void test_claims(void)
{
    struct tar_segment end = {1024 * 1024 * MEBI - 512, 512};
    struct tar_segments segments = {&end, 1, 1};
    const struct tar_header header = {
        .type = TAR_FILE,
        .name = "sparse",
        .mode = 0644,
        .size = 1024 * 1024 * MEBI,
        .segments = &segments,
    };
    struct layer_apply_options options = {.reserve = MEBI};
    struct archive_builder builder = {0};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    char block[512] = "end";
    struct stat st;

    make_fresh("root");
    builder_add(&builder, &header, block);
    if (apply(&builder, &options, "root", &result, &err) < 0)
        OK(err.errnum == EFBIG, "a terabyte is too much for the file system");
    else
        OK(look_at("root/sparse", &st) && st.st_blocks < 1024,
           "a terabyte of holes takes no room");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_ratio();
    test_space();
    test_claims();
    scratch_leave();
    return tap_done();
}
