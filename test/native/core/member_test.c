#include "config.h"

#include "core/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

struct name_case {
    const char *raw, *strip;
    const char *clean; /* NULL: refused */
    int errnum;
};

static const struct name_case NAMES[] = {
    {"bin/sh", "", "bin/sh", 0},
    {"/bin/sh", "", "bin/sh", 0},
    {"./bin//sh", "", "bin/sh", 0},
    {"hello/bin/sh", "hello", "bin/sh", 0},
    {"./hello/bin/sh", "hello", "bin/sh", 0},
    {"a/b/c", "a/b", "c", 0},
    {"hello-world/bin", "hello", NULL, EXDEV},
    {"other/bin", "hello", NULL, EXDEV},
    {"hell", "hello", NULL, EXDEV},
    {"..", "", NULL, 0},
    {"a/../../b", "", NULL, 0},
    {"hello/../../b", "hello", NULL, 0},
    {".", "", NULL, 0}, /* a file cannot be the root */
    {"hello", "hello", NULL, 0},
    {"", "", NULL, 0},
};

static struct archive_entry *new_entry(unsigned type, const char *name)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_filetype(entry, type);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_perm(entry, 0);
    return entry;
}

static void test_names(void)
{
    size_t i;

    for (i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const struct name_case *wanted = &NAMES[i];
        const struct member_options options = {.strip = wanted->strip};
        struct archive_entry *entry = new_entry(AE_IFREG, wanted->raw);
        CLEANUP_MEMBER struct member member = {0};
        struct ch_error err = CH_ERROR_INIT;

        (void)member_from_entry(&member, entry, &options, &err);
        IS(member.name, wanted->clean,
           "member_from_entry() and the name \"%s\" below \"%s\"", wanted->raw,
           wanted->strip);
        if (!wanted->clean)
            OK(err.message && err.errnum == wanted->errnum,
               "member_from_entry() says why it refuses \"%s\"", wanted->raw);
        ch_error_clear(&err);
        archive_entry_free(entry);
    }
}

static void test_message(void)
{
    const struct member_options options = {.strip = ""};
    struct archive_entry *entry = new_entry(AE_IFREG, "a\033[2J/../\nb");
    struct member member = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(member_from_entry(&member, entry, &options, &err) < 0,
       "member_from_entry() refuses \"..\"");
    IS(ch_error_text(&err),
       "refusing the name \"a?[2J/../?b\": it holds \"..\"",
       "member_from_entry() lets no terminal commands through");
    ch_error_clear(&err);
    archive_entry_free(entry);
}

static void check_mode(unsigned type, mode_t raw, mode_t wanted)
{
    const struct member_options options = {.strip = ""};
    struct archive_entry *entry = new_entry(type, "name");
    CLEANUP_MEMBER struct member member = {0};
    struct ch_error err = CH_ERROR_INIT;

    archive_entry_set_perm(entry, raw);
    archive_entry_set_mtime(entry, -5, 7);
    OK(!member_from_entry(&member, entry, &options, &err) &&
           member.mode == wanted,
       "member_from_entry() makes %#o of mode %#o", wanted, raw);
    OK(member.mtime.tv_sec == -5 && member.mtime.tv_nsec == 7,
       "member_from_entry() keeps the time");
    ch_error_clear(&err);
    archive_entry_free(entry);
}

static void test_kinds(void)
{
    static const struct {
        unsigned type;
        enum member_kind kind;
    } KINDS[] = {
        {AE_IFREG, MEMBER_FILE},   {AE_IFDIR, MEMBER_DIRECTORY},
        {AE_IFIFO, MEMBER_FIFO},   {AE_IFCHR, MEMBER_DEVICE},
        {AE_IFBLK, MEMBER_DEVICE}, {0, MEMBER_FILE},
    };
    const struct member_options options = {.strip = ""};
    size_t i;

    for (i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        struct archive_entry *entry = new_entry(KINDS[i].type, "name");
        CLEANUP_MEMBER struct member member = {0};
        struct ch_error err = CH_ERROR_INIT;

        OK(!member_from_entry(&member, entry, &options, &err) &&
               member.kind == KINDS[i].kind,
           "member_from_entry() knows type %#o", KINDS[i].type);
        ch_error_clear(&err);
        archive_entry_free(entry);
    }
}

static void test_links(void)
{
    const struct member_options options = {.strip = "top"};
    struct archive_entry *entry = new_entry(AE_IFLNK, "top/link");
    CLEANUP_MEMBER struct member symlink = {0}, hardlink = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(member_from_entry(&symlink, entry, &options, &err) < 0,
       "member_from_entry() refuses a symlink to nothing");
    archive_entry_set_symlink(entry, "/../a/./b");
    OK(!member_from_entry(&symlink, entry, &options, &err) &&
           symlink.kind == MEMBER_SYMLINK,
       "member_from_entry() knows symlinks");
    IS(symlink.target, "/../a/./b", "member_from_entry() keeps their target");

    archive_entry_set_hardlink(entry, "./top/dir/file");
    OK(!member_from_entry(&hardlink, entry, &options, &err) &&
           hardlink.kind == MEMBER_HARDLINK,
       "member_from_entry() knows hard links");
    IS(hardlink.target, "dir/file",
       "member_from_entry() cleans a hard link's target");
    archive_entry_set_hardlink(entry, "../../etc/passwd");
    OK(member_from_entry(&hardlink, entry, &options, &err) < 0,
       "member_from_entry() refuses a hard link to outside");
    ch_error_clear(&err);
    archive_entry_free(entry);
}

static void test_xattrs(void)
{
    struct member_options options = {.strip = "", .xattrs = true};
    struct archive_entry *entry = new_entry(AE_IFREG, "name");
    CLEANUP_MEMBER struct member with = {0}, without = {0};
    struct ch_error err = CH_ERROR_INIT;

    archive_entry_xattr_add_entry(entry, "user.b", "\0x", 2);
    archive_entry_xattr_add_entry(entry, "security.capability", "x", 1);
    archive_entry_xattr_add_entry(entry, "trusted.overlay.opaque", "y", 1);
    archive_entry_xattr_add_entry(entry, "user.a", "", 0);
    OK(!member_from_entry(&with, entry, &options, &err) &&
           with.xattrs.count == 2,
       "member_from_entry() takes extended attributes of the user class only");
    OK(with.xattrs.count == 2 && !strcmp(with.xattrs.items[0].name, "user.a") &&
           with.xattrs.items[1].size == 2 &&
           !memcmp(with.xattrs.items[1].value, "\0x", 2),
       "member_from_entry() sorts them and keeps their bytes");
    options.xattrs = false;
    OK(!member_from_entry(&without, entry, &options, &err) &&
           without.xattrs.count == 0,
       "member_from_entry() leaves them out unless asked");
    ch_error_clear(&err);
    archive_entry_free(entry);
}

int main(void)
{
    test_names();
    test_message();
    check_mode(AE_IFREG, 0, 0600);
    check_mode(AE_IFREG, 0444, 0644);
    check_mode(AE_IFREG, 06755, 0755);
    check_mode(AE_IFREG, 01644, 01644);
    check_mode(AE_IFDIR, 0, 0700);
    check_mode(AE_IFDIR, 0555, 0755);
    check_mode(AE_IFDIR, 01777, 01777);
    check_mode(AE_IFDIR, 02775, 0775);
    test_kinds();
    test_links();
    test_xattrs();
    return tap_done();
}
