#include "config.h"

#include "core/tar_scan.h"

#include <stdlib.h>
#include <string.h>

#include "archive_builder.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

struct scan_case {
    const char *what;
    const char *names[5]; /* a slash at the end: a directory */
    const char *top;
};

static const struct scan_case CASES[] = {
    {"everything in one directory",
     {"hello/", "hello/bin/", "hello/x"},
     "hello"},
    {"a directory without a member of its own",
     {"hello/bin/sh", "hello/x"},
     "hello"},
    {"\"./\" before the names", {"./", "./hello/", "./hello/x"}, "hello"},
    {"slashes before the names", {"/hello/x", "hello/y"}, "hello"},
    {"two directories", {"a/", "a/x", "b/", "b/x"}, ""},
    {"a file beside the directory", {"hello/", "hello/x", "file"}, ""},
    {"one file", {"file"}, ""},
    {"a file of the directory's name", {"hello/x", "hello"}, ""},
    {"names that begin alike", {"hello/x", "hello-world/x"}, ""},
    {"a standard directory", {"usr/", "usr/bin/", "usr/bin/sh"}, ""},
    {"a standard directory without a member", {"bin/sh"}, ""},
    {"an empty directory", {"hello/"}, "hello"},
    {"the root alone", {"./"}, ""},
    {"nothing", {NULL}, ""},
};

static void build(const struct scan_case *scan, const char *path)
{
    struct archive_builder builder = {0};
    const char *const *name;

    for (name = scan->names; *name; name++) {
        CLEANUP_FREE char *copy = strdup(*name);
        size_t length = strlen(*name);

        if (!copy)
            give_up("copy", *name);
        if (length && copy[length - 1] == '/') {
            copy[length - 1] = '\0';
            builder_directory(&builder, copy);
        } else {
            builder_file(&builder, copy, "content");
        }
    }
    builder_save(&builder, path);
}

static void test_case(const struct scan_case *scan)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *top = NULL;

    build(scan, "archive");
    if (!OK(!tar_scan("archive", NULL, &top, &err), "tar_scan() reads %s",
            scan->what))
        tap_note("%s", ch_error_text(&err));
    IS(top, scan->top, "tar_scan() finds the top of %s", scan->what);
    ch_error_clear(&err);
}

/* Garbage behind the second name is never read. */
static void test_early_end(void)
{
    struct archive_builder builder = {0};
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *top = NULL;

    builder_file(&builder, "a/x", "1");
    builder_file(&builder, "b/x", "2");
    if (buffer_append(&builder.bytes, "garbage", 7) < 0)
        give_up("build", "archive");
    builder_save(&builder, "archive");
    OK(!tar_scan("archive", NULL, &top, &err),
       "tar_scan() stops at the second name");
    IS(top, "", "tar_scan() and two names");
    ch_error_clear(&err);
}

static void test_failures(void)
{
    struct archive_builder builder = {0};
    struct ch_error err = CH_ERROR_INIT;
    char *top = NULL;

    make_file("text", "This is no archive, but it is long enough to be one.\n");
    OK(tar_scan("text", NULL, &top, &err) < 0, "tar_scan() refuses a text");
    IS(ch_error_text(&err), "cannot read \"text\": not a tar archive",
       "tar_scan() says so");
    make_file("empty", "");
    OK(tar_scan("empty", NULL, &top, &err) < 0,
       "tar_scan() refuses an empty file");
    IS(ch_error_text(&err), "cannot read \"empty\": not a tar archive",
       "tar_scan() says so");
    builder_file(&builder, "top/../../x", "1");
    builder_save(&builder, "dots");
    OK(tar_scan("dots", NULL, &top, &err) < 0, "tar_scan() refuses \"..\"");
    ch_error_clear(&err);
}

int main(void)
{
    size_t i;

    scratch_enter();
    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        test_case(&CASES[i]);
    test_early_end();
    test_failures();
    scratch_leave();
    return tap_done();
}
