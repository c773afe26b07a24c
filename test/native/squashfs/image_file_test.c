#include "config.h"

#include "squashfs/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

#define SIZE 1000

static void fill(unsigned char *bytes, int head, int rest)
{
    memset(bytes, head, IMAGE_FILE_HEAD);
    memset(bytes + IMAGE_FILE_HEAD, rest, SIZE - IMAGE_FILE_HEAD);
}

/* Write over the file, and have it changed at that second. */
static void write_again(const char *path, int head, int rest, time_t changed)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = changed}};
    unsigned char bytes[SIZE];

    fill(bytes, head, rest);
    make_bytes(path, bytes, sizeof(bytes));
    if (utimensat(AT_FDCWD, path, times, 0) < 0)
        give_up("set the time of", path);
}

static void open_image(struct image_file *file, int fd, uint64_t offset)
{
    const struct squashfs_place place = {fd, offset};
    struct ch_error err = CH_ERROR_INIT;

    OK(image_file_open(file, &place, &err) == 0, "image_file_open() opens it");
    ch_error_clear(&err);
}

static void test_reading(struct image_file *file)
{
    unsigned char bytes[SIZE];

    OK(image_file_read(file, bytes, 10, 500) == 0 && bytes[0] == 'b',
       "image_file_read() reads");
    errno = 0;
    OK(image_file_read(file, bytes, 10, SIZE - 9) < 0 && errno == EIO,
       "image_file_read() reads nothing beyond the end");
}

static void test_changes(struct image_file *file)
{
    unsigned char byte;

    write_again("image", 'a', 'b', 2000);
    OK(image_file_read(file, &byte, 1, 500) == 0 && byte == 'b',
       "a file that was touched is read on");
    write_again("image", 'x', 'y', 3000);
    errno = 0;
    OK(image_file_read(file, &byte, 1, 500) < 0 && errno == EIO,
       "a file that is another image now is not");
    OK(image_file_read(file, &byte, 1, 500) < 0, "nor is it later");
}

static void test_renamed(struct image_file *file)
{
    unsigned char byte;

    write_again("other", 'x', 'y', 5000);
    OK(rename("other", "image") == 0 &&
           image_file_read(file, &byte, 1, 500) == 0 && byte == 'b',
       "a file that was replaced by rename(2) is read on");
}

/* An image that begins in the middle of a file. */
static void test_offset(struct image_file *file)
{
    unsigned char bytes[2];

    OK(image_file_read(file, bytes, 2, 6) == 0 && bytes[0] == 'a' &&
           bytes[1] == 'b',
       "image_file_read() counts from where the image begins");
    errno = 0;
    OK(image_file_read(file, bytes, 2, SIZE - IMAGE_FILE_HEAD + 6) < 0 &&
           errno == EIO,
       "image_file_read() knows where the file ends");
}

int main(void)
{
    CLEANUP_CLOSE int first = -1;
    CLEANUP_CLOSE int second = -1;
    struct image_file file;

    scratch_enter();
    write_again("image", 'a', 'b', 1000);
    first = open("image", O_RDONLY | O_CLOEXEC);
    open_image(&file, first, IMAGE_FILE_HEAD - 7);
    test_offset(&file);
    open_image(&file, first, 0);
    test_reading(&file);
    test_changes(&file);
    write_again("image", 'a', 'b', 4000);
    second = open("image", O_RDONLY | O_CLOEXEC);
    open_image(&file, second, 0);
    test_renamed(&file);
    scratch_leave();
    return tap_done();
}
