/* Layers with names of 4 KiB and more, and trees of thousands of levels to be
   deleted by a whiteout: no stack overflow, no descriptors used up, and an
   error or the right result. */

#include "config.h"

#include <errno.h>
#include <sys/resource.h>

#include "apply.h"
#include "core/buffer.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static void deep_name(struct buffer *name, int depth, const char *last)
{
    while (depth-- > 0)
        if (buffer_append(name, "d/", 2) < 0)
            give_up("make", "name");
    if (buffer_printf(name, "%s", last) < 0)
        give_up("make", "name");
}

static void test_whiteout(const char *whiteout)
{
    CLEANUP_BUFFER struct buffer deep = {0}, other = {0};
    struct archive_builder builder = {0};

    make_fresh("root");
    deep_name(&deep, 600, "file");
    builder_file(&builder, deep.data, "deep");
    must_apply(&builder, LAYER_FLAT, "root", NULL, "600 levels");
    deep_name(&other, 400, "new");
    builder_file(&builder, other.data, "new");
    builder_file(&builder, whiteout, "");
    must_apply(&builder, LAYER_FLAT, "root", NULL, "a whiteout of 600 levels");
    buffer_truncate(&deep, 0);
    deep_name(&deep, 401, "d");
    buffer_truncate(&other, 0);
    if (buffer_printf(&other, "root/%s", deep.data) < 0)
        give_up("make", "name");
    OK(!exists(other.data), "what is hidden is gone (%s)", whiteout);
    buffer_truncate(&deep, 0);
    deep_name(&deep, 400, "new");
    buffer_truncate(&other, 0);
    if (buffer_printf(&other, "root/%s", deep.data) < 0)
        give_up("make", "name");
    OK(has_content(other.data, "new"), "what is new is there (%s)", whiteout);
}

static void test_too_long(enum layer_form form)
{
    struct layer_apply_options options = {.form = form};
    CLEANUP_BUFFER struct buffer name = {0}, whiteout = {0};
    struct archive_builder builder = {0};
    struct layer_result result;
    struct ch_error err = CH_ERROR_INIT;
    int i;

    make_fresh("root");
    for (i = 0; i < 4096; i++)
        if (buffer_append(&name, "n", 1) < 0)
            give_up("make", "name");
    builder_file(&builder, name.data, "x");
    OK(apply(&builder, &options, "root", &result, &err) < 0 &&
           err.errnum == ENAMETOOLONG,
       "a component of 4 KiB is an error");
    if (buffer_printf(&whiteout, ".wh.%s", name.data) < 0)
        give_up("make", "name");
    builder_file(&builder, whiteout.data, "");
    OK(apply(&builder, &options, "root", &result, &err) < 0 &&
           err.errnum == ENAMETOOLONG,
       "a whiteout of 4 KiB is an error");
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
    test_whiteout(".wh.d");
    test_whiteout(".wh..wh..opq");
    test_too_long(LAYER_OVERLAY);
    test_too_long(LAYER_FLAT);
    scratch_leave();
    return tap_done();
}
