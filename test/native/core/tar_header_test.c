/* The headers are read back by libarchive, through archive_input.h, and where
   they are there by tar(1) and Python, in tar_create_test.c. */

#include "config.h"

#include "core/tar_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_builder.h"
#include "core/archive_input.h"
#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

/* Write one member and read it back; the caller closes `*input`. */
static struct archive_entry *pass(const struct tar_header *header,
                                  const char *data,
                                  struct archive_input **input)
{
    struct archive_builder builder = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry = NULL;

    builder_add(&builder, header, data);
    builder_save(&builder, "archive");
    if (archive_input_open(input, "archive", NULL, &err) < 0 ||
        archive_input_next(*input, &entry, &err) <= 0)
        tap_note("%s", ch_error_text(&err));
    ch_error_clear(&err);
    return entry;
}

static char *repeat(const char *text, int times)
{
    struct buffer buffer = {0};

    while (times-- > 0)
        if (buffer_append(&buffer, text, strlen(text)) < 0)
            give_up("repeat", text);
    return buffer.data;
}

static void check_name(const char *name, size_t blocks)
{
    const struct tar_header header = {.type = TAR_FILE, .name = name};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    CLEANUP_BUFFER struct buffer bytes = {0};
    struct archive_entry *entry = pass(&header, "", &input);

    IS(entry ? archive_entry_pathname(entry) : NULL, name,
       "tar_header_append() keeps a name of %zu bytes", strlen(name));
    OK(!tar_header_append(&bytes, &header) &&
           bytes.length == blocks * TAR_BLOCK_SIZE,
       "tar_header_append() needs %zu blocks for it", blocks);
}

static void test_names(void)
{
    CLEANUP_FREE char *n99 = repeat("n", 99), *n100 = repeat("n", 100);
    CLEANUP_FREE char *n101 = repeat("n", 101),
                      *deep = repeat("directory/", 25);
    CLEANUP_FREE char *deeper = repeat("directory/", 26);
    CLEANUP_FREE char *longest = repeat("directory/", 420);
    CLEANUP_FREE char *latin = repeat("caf\xe9/", 30), *utf = repeat("é/", 60);

    check_name("a", 1);
    check_name(n99, 1);
    check_name(n100, 1);
    check_name(n101, 3);
    deep[strlen(deep) - 1] = '\0';
    deeper[strlen(deeper) - 1] = '\0';
    longest[strlen(longest) - 1] = 'x';
    latin[strlen(latin) - 1] = '\0';
    utf[strlen(utf) - 1] = '\0';
    check_name(deep, 1);
    check_name(deeper, 3);
    check_name(longest, 11);
    check_name(latin, 1);
    check_name(utf, 1);
    check_name("line\nbreak", 1);
}

static void test_long_latin(void)
{
    CLEANUP_FREE char *name = repeat("caf\xe9", 60);
    CLEANUP_FREE char *target = repeat("\xff\xfe/", 60);
    const struct tar_header header = {
        .type = TAR_SYMLINK, .name = name, .target = target};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct archive_entry *entry = pass(&header, "", &input);

    IS(entry ? archive_entry_pathname(entry) : NULL, name,
       "tar_header_append() keeps a long name that is not UTF-8");
    IS(entry ? archive_entry_symlink(entry) : NULL, target,
       "tar_header_append() keeps a long target that is not UTF-8");
}

static void test_directory(void)
{
    CLEANUP_FREE char *n100 = repeat("n", 100), *name = repeat("n", 100);
    const struct tar_header header = {
        .type = TAR_DIRECTORY, .name = name, .mode = 01777};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct archive_entry *entry = pass(&header, "", &input);
    CLEANUP_FREE char *found =
        entry ? strdup(archive_entry_pathname(entry)) : NULL;

    OK(entry && archive_entry_filetype(entry) == AE_IFDIR &&
           archive_entry_perm(entry) == 01777,
       "tar_header_append() keeps a directory's mode");
    if (found)
        found[strcspn(found, "/")] = '\0';
    IS(found, n100, "tar_header_append() keeps a directory's name");
}

static void check_time(int64_t time)
{
    const struct tar_header header = {
        .type = TAR_FIFO, .name = "fifo", .mtime = time};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct archive_entry *entry = pass(&header, "", &input);

    OK(entry && archive_entry_mtime(entry) == time,
       "tar_header_append() keeps the time %lld", (long long)time);
    OK(entry && archive_entry_uid(entry) == 0 && archive_entry_gid(entry) == 0,
       "tar_header_append() names root the owner");
}

static void test_size(void)
{
    const int64_t size = INT64_C(9000000000);
    const struct tar_header header = {
        .type = TAR_FILE, .name = "huge", .size = size};
    struct archive_builder builder = {0};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry = NULL;

    if (tar_header_append(&builder.bytes, &header) < 0)
        give_up("build", "archive");
    builder_save(&builder, "archive");
    OK(!archive_input_open(&input, "archive", NULL, &err) &&
           archive_input_next(input, &entry, &err) > 0 &&
           archive_entry_size(entry) == size,
       "tar_header_append() keeps a size beyond 8 GiB");
    ch_error_clear(&err);
}

static void test_xattrs(void)
{
    struct xattr items[] = {
        {(char *)"user.empty", (char *)"", 0},
        {(char *)"user.name", (char *)"a\0b\n=\xff", 6},
    };
    const struct xattr_list list = {.items = items, .count = 2};
    const struct tar_header header = {
        .type = TAR_FILE, .name = "file", .xattrs = &list};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    CLEANUP_XATTRS struct xattr_list found = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry = pass(&header, "", &input);

    OK(entry && !xattrs_from_entry(&found, entry, &err) && found.count == 2,
       "tar_header_append() keeps extended attributes");
    OK(found.count == 2 && found.items[0].size == 0 &&
           found.items[1].size == 6 &&
           !memcmp(found.items[1].value, items[1].value, 6),
       "tar_header_append() keeps their bytes");
    ch_error_clear(&err);
}

static void check_sparse(const char *what, struct tar_segment *items,
                         size_t count, int64_t size, const char *data)
{
    const struct tar_segments segments = {.items = items, .count = count};
    const struct tar_header header = {.type = TAR_FILE,
                                      .name = "sparse",
                                      .size = size,
                                      .segments = &segments};
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct ch_error err = CH_ERROR_INIT;
    struct archive_entry *entry = pass(&header, data, &input);
    struct archive_block block;
    bool right = true;
    size_t i = 0;

    IS(entry ? archive_entry_pathname(entry) : NULL, "sparse",
       "tar_header_append() keeps the name of %s", what);
    OK(entry && archive_entry_size(entry) == size,
       "tar_header_append() keeps the size of %s", what);
    while (entry && archive_input_read(input, &block, &err) > 0) {
        if (!block.length)
            continue;
        right = right && i < count && block.offset == items[i].offset &&
                (int64_t)block.length == items[i].length &&
                !memcmp(block.data, data, block.length);
        data += block.length;
        i++;
    }
    if (!OK(right && i == count, "tar_header_append() keeps the data of %s",
            what))
        tap_note("%zu of %zu segments; %s", i, count, ch_error_text(&err));
    ch_error_clear(&err);
}

static void test_sparse(void)
{
    struct tar_segment middle[] = {{4096, 3}, {8192, 5}};
    struct tar_segment ends[] = {{0, 4}, {999996, 4}};
    struct tar_segment far[] = {{INT64_C(1) << 40, 2}};

    check_sparse("data amid holes", middle, 2, 100000, "abcdefgh");
    check_sparse("data at both ends", ends, 2, 1000000, "abcdefgh");
    check_sparse("a file of a TiB", far, 1, (INT64_C(1) << 40) + 10, "xy");
    check_sparse("nothing but a hole", NULL, 0, 12345, "");
}

static void test_many_segments(void)
{
    enum { COUNT = 5000 };
    CLEANUP_TAR_SEGMENTS struct tar_segments segments = {0};
    char data[COUNT];
    int i;

    memset(data, 'x', sizeof(data));
    for (i = 0; i < COUNT; i++)
        if (tar_segments_add(&segments, (int64_t)i * 8192, 1) < 0)
            give_up("add", "segment");
    check_sparse("5000 segments", segments.items, COUNT, COUNT * 8192, data);
}

int main(void)
{
    scratch_enter();
    OK(tar_padding(0) == 0 && tar_padding(1) == 511 && tar_padding(512) == 0 &&
           tar_padding(INT64_C(8589934593)) == 511,
       "tar_padding() fills a block");
    test_names();
    test_long_latin();
    test_directory();
    check_time(0);
    check_time(1234567890);
    check_time(-1);
    check_time(INT64_C(20000000000));
    test_size();
    test_xattrs();
    test_sparse();
    test_many_segments();
    scratch_leave();
    return tap_done();
}
