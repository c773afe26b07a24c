/* Names made to lead outside: "..", slashes at the start, empty ones; and names
   meant for the terminal of whoever reads the error message. */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static void refuse(const char *name, const char *shown)
{
    struct archive_builder builder = {0};
    char message[256];

    (void)snprintf(message, sizeof(message),
                   "refusing the name \"%s\": it holds \"..\"", shown);
    builder_file(&builder, name, "evil");
    must_refuse(&builder, message, shown);
    builder_directory(&builder, name);
    (void)snprintf(message, sizeof(message),
                   "refusing the name \"%s/\": it holds \"..\"", shown);
    must_refuse(&builder, message, shown);
    OK(!exists("new") && !exists("../new"), "nothing is outside of \"%s\"",
       shown);
}

static void test_hardlink_target(void)
{
    struct archive_builder builder = {0};

    make_file("secret", "secret");
    builder_hardlink(&builder, "stolen", "../secret");
    must_refuse(&builder, "refusing the name \"../secret\": it holds \"..\"",
                "a hard link to outside");
    builder_hardlink(&builder, "stolen", "/etc/passwd");
    must_refuse(&builder,
                "cannot write \"stolen\" as a hard link to \"etc/passwd\": No "
                "such file or directory",
                "a hard link to an absolute name");
}

static void test_absolute(void)
{
    struct archive_builder builder = {0};

    builder_file(&builder, "/new", "x");
    builder_file(&builder, "//etc//new", "x");
    builder_file(&builder, "///./new2", "x");
    must_unpack(&builder, "absolute names");
    OK(has_content("out/new", "x") && has_content("out/etc/new", "x") &&
           has_content("out/new2", "x"),
       "absolute names are inside");
    OK(access("/new", F_OK) < 0 && access("/etc/new", F_OK) < 0,
       "absolute names are not outside");
}

static void test_bytes(void)
{
    struct archive_builder builder = {0};

    builder_file(&builder, "\033]0;title\007\n\xff", "x");
    builder_file(&builder, "...", "x");
    builder_file(&builder, "..a/b..", "x");
    builder_file(&builder, " ", "x");
    builder_file(&builder, "-rf *", "x");
    must_unpack(&builder, "names of any bytes");
    OK(exists("out/\033]0;title\007\n\xff") && exists("out/...") &&
           exists("out/..a/b..") && exists("out/ ") && exists("out/-rf *"),
       "names of any bytes are kept");
}

int main(void)
{
    scratch_enter();
    refuse("../new", "../new");
    refuse("../../../../../../../../tmp/new",
           "../../../../../../../../tmp/new");
    refuse("a/../../new", "a/../../new");
    refuse("/../new", "/../new");
    refuse("./../new", "./../new");
    refuse("a/..", "a/..");
    refuse("../\033[2J\033]0;evil\007\n", "../?[2J?]0;evil??");
    test_hardlink_target();
    test_absolute();
    test_bytes();
    scratch_leave();
    return tap_done();
}
