#include "config.h"

#include "core/stream_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

struct step {
    enum member_kind kind;
    const char *name, *target;
    int verdict; /* -1: cannot be streamed */
};

struct sequence {
    const char *what;
    struct step steps[5]; /* up to one without a name */
};

#define FILE_(name, verdict)                                                   \
    {                                                                          \
        MEMBER_FILE, name, NULL, verdict                                       \
    }
#define DIR_(name, verdict)                                                    \
    {                                                                          \
        MEMBER_DIRECTORY, name, NULL, verdict                                  \
    }
#define LINK(name, verdict)                                                    \
    {                                                                          \
        MEMBER_SYMLINK, name, "x", verdict                                     \
    }
#define DEV(name, verdict)                                                     \
    {                                                                          \
        MEMBER_DEVICE, name, NULL, verdict                                     \
    }
#define HARD(name, target, verdict)                                            \
    {                                                                          \
        MEMBER_HARDLINK, name, target, verdict                                 \
    }

static const struct sequence SEQUENCES[] = {
    {"plain members",
     {DIR_("a", STREAM_PASS), FILE_("a/b", STREAM_PASS),
      LINK("a/c", STREAM_PASS), HARD("d", "a/b", STREAM_PASS)}},
    {"the root itself", {DIR_("", STREAM_DROP)}},
    {"a directory after what is in it",
     {FILE_("a/b", STREAM_PASS), DIR_("a", STREAM_PASS)}},
    {"a directory that comes twice alike",
     {DIR_("a", STREAM_PASS), DIR_("a", STREAM_DROP)}},
    {"a file that comes twice", {FILE_("a", STREAM_PASS), FILE_("a", -1)}},
    {"a symlink that comes twice", {LINK("a", STREAM_PASS), LINK("a", -1)}},
    {"a directory over a symlink", {LINK("a", STREAM_PASS), DIR_("a", -1)}},
    {"a file over a directory", {DIR_("a", STREAM_PASS), FILE_("a", -1)}},
    {"a file over an implied directory",
     {FILE_("a/b", STREAM_PASS), FILE_("a", -1)}},
    {"a name below a symlink", {LINK("a", STREAM_PASS), FILE_("a/b", -1)}},
    {"a name far below a symlink",
     {LINK("a", STREAM_PASS), FILE_("a/b/c/d", -1)}},
    {"a name below a file", {FILE_("a", STREAM_PASS), DIR_("a/b", -1)}},
    {"a hard link before its target",
     {HARD("a", "b", -1), FILE_("b", STREAM_PASS)}},
    {"a hard link to a directory",
     {DIR_("b", STREAM_PASS), HARD("a", "b", -1)}},
    {"a hard link to itself",
     {FILE_("a", STREAM_PASS), HARD("a", "a", STREAM_DROP)}},
    {"a hard link over a file",
     {FILE_("a", STREAM_PASS), FILE_("b", STREAM_PASS), HARD("a", "b", -1)}},
    {"a hard link to a hard link",
     {FILE_("a", STREAM_PASS), HARD("b", "a", STREAM_PASS),
      HARD("c", "b", STREAM_PASS)}},
    {"a device and a link to it",
     {DEV("a", STREAM_DEVICE), HARD("b", "a", STREAM_DEVICE),
      HARD("c", "b", STREAM_DEVICE)}},
    {"a file in place of a device",
     {DEV("a", STREAM_DEVICE), FILE_("a", STREAM_PASS),
      HARD("b", "a", STREAM_PASS)}},
    {"a device in place of a file",
     {FILE_("a", STREAM_PASS), DEV("a", STREAM_DEVICE),
      HARD("b", "a", STREAM_PASS)}},
};

static void test_sequence(const struct sequence *sequence)
{
    struct stream_names names = {0};
    const struct step *step;

    for (step = sequence->steps; step->name; step++) {
        const struct member member = {.kind = step->kind,
                                      .name = (char *)step->name,
                                      .target = (char *)step->target};
        struct ch_error err = CH_ERROR_INIT;
        int verdict = stream_names_judge(&names, &member, &err);

        if (!OK(verdict == step->verdict &&
                    (verdict >= 0 || err.errnum == EOPNOTSUPP),
                "stream_names_judge() and %s, step %d", sequence->what,
                (int)(step - sequence->steps)))
            tap_note("%d, %s", verdict, ch_error_text(&err));
        ch_error_clear(&err);
    }
    stream_names_release(&names);
}

static void test_attributes(void)
{
    struct xattr item = {(char *)"user.a=b", (char *)"x", 1};
    struct member member = {
        .kind = MEMBER_DIRECTORY, .name = (char *)"a", .mode = 0755};
    struct stream_names names = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(stream_names_judge(&names, &member, &err) == STREAM_PASS,
       "stream_names_judge() passes a directory");
    member.mode = 0700;
    OK(stream_names_judge(&names, &member, &err) < 0,
       "stream_names_judge() refuses it with another mode");
    member.mode = 0755;
    member.mtime.tv_sec = 1;
    OK(stream_names_judge(&names, &member, &err) < 0,
       "stream_names_judge() refuses it with another time");
    member.name = (char *)"b";
    member.xattrs = (struct xattr_list){.items = &item, .count = 1};
    OK(stream_names_judge(&names, &member, &err) < 0 &&
           err.errnum == EOPNOTSUPP,
       "stream_names_judge() refuses \"=\" in an attribute's name");
    ch_error_clear(&err);
    stream_names_release(&names);
}

static void test_long(void)
{
    char name[600] = "dir/";
    const struct member member = {.kind = MEMBER_FILE, .name = name};
    struct stream_names names = {0};
    struct ch_error err = CH_ERROR_INIT;

    memset(name + 4, 'n', 255);
    OK(stream_names_judge(&names, &member, &err) == STREAM_PASS,
       "stream_names_judge() passes a name of 255 bytes");
    memset(name + 4, 'n', 256);
    OK(stream_names_judge(&names, &member, &err) < 0 &&
           err.errnum == ENAMETOOLONG,
       "stream_names_judge() refuses a name of 256 bytes");
    ch_error_clear(&err);
    stream_names_release(&names);
}

int main(void)
{
    size_t i;

    for (i = 0; i < sizeof(SEQUENCES) / sizeof(SEQUENCES[0]); i++)
        test_sequence(&SEQUENCES[i]);
    test_attributes();
    test_long();
    return tap_done();
}
