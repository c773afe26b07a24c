/* Archives that are deep or long beyond reason: no stack overflow, no
   descriptors used up, and an error or the right result. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/tar_extract.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

/* "d/d/d/.../NAME" */
static void deep_name(struct buffer *name, int depth, const char *last)
{
    while (depth-- > 0)
        if (buffer_append(name, "d/", 2) < 0)
            give_up("make", "name");
    if (buffer_append(name, last, strlen(last)) < 0)
        give_up("make", "name");
}

static void test_depth(void)
{
    CLEANUP_BUFFER struct buffer name = {0}, path = {0};
    struct archive_builder builder = {0};

    deep_name(&name, 2000, "file");
    builder_file(&builder, name.data, "deep");
    must_unpack(&builder, "2000 levels at once");
    if (buffer_printf(&path, "out/%s", name.data) < 0)
        give_up("make", "path");
    OK(has_content(path.data, "deep"), "a file 2000 levels down is there");
}

static void test_each_level(void)
{
    CLEANUP_BUFFER struct buffer path = {0};
    struct archive_builder builder = {0};
    int depth;

    for (depth = 1; depth < 2000; depth += 7) {
        CLEANUP_BUFFER struct buffer name = {0};

        deep_name(&name, depth, "d");
        builder_directory(&builder, name.data);
    }
    must_unpack(&builder, "directories on the way down");
    deep_name(&path, 1990, "");
    OK(!chdir("out") && exists(path.data) && !chdir(".."),
       "a directory 1990 levels down is there");
}

/* Replacing the first level deletes all of them. */
static void test_replaced(void)
{
    CLEANUP_BUFFER struct buffer name = {0};
    struct archive_builder builder = {0};

    deep_name(&name, 2000, "file");
    builder_file(&builder, name.data, "deep");
    builder_file(&builder, "d", "flat");
    must_unpack(&builder, "a file in place of 2000 levels");
    OK(has_content("out/d", "flat"), "the file is there");
}

static void test_too_long(void)
{
    const struct member_options options = {.strip = ""};
    CLEANUP_BUFFER struct buffer name = {0};
    struct archive_builder builder = {0};
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;

    deep_name(&name, 100000, "file");
    builder_file(&builder, name.data, "x");
    OK(unpack(&builder, &options, &stats, &err) < 0 &&
           err.errnum == ENAMETOOLONG,
       "100000 levels are an error");
    OK(err.message && strstr(err.message, "File name too long"),
       "100000 levels are too long");
    ch_error_clear(&err);
}

int main(void)
{
    const struct rlimit stack = {256 << 10, 256 << 10};
    const struct rlimit files = {64, 64};

    if (setrlimit(RLIMIT_STACK, &stack) < 0 ||
        setrlimit(RLIMIT_NOFILE, &files) < 0)
        give_up("limit", "resources");
    scratch_enter();
    test_depth();
    test_each_level();
    test_replaced();
    test_too_long();
    scratch_leave();
    return tap_done();
}
