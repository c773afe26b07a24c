#include "config.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

#define READ_STEP 4096

int file_write(const char *path, const char *text)
{
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t length = (ssize_t)strlen(text);
    ssize_t written;

    if (fd < 0)
        return -1;
    written = write(fd, text, length);
    if (written >= 0 && written != length)
        errno = EIO;
    return written == length ? 0 : -1;
}

ssize_t file_read_line(const char *path, char *line, size_t size)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return -1;
    length = read(fd, line, size - 1);
    if (length < 0)
        return -1;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return (ssize_t)strlen(line);
}

char *file_read_all(int fd, size_t limit, size_t *length)
{
    CLEANUP_FREE char *text = NULL;
    size_t used = 0;

    for (;;) {
        char *grown = realloc(text, used + READ_STEP + 1);
        ssize_t count;

        if (!grown)
            return NULL;
        text = grown;
        count = read(fd, text + used, READ_STEP);
        if (count < 0)
            return NULL;
        if (count == 0)
            break;
        used += count;
        if (used > limit) {
            errno = EFBIG;
            return NULL;
        }
    }
    text[used] = '\0';
    if (length)
        *length = used;
    return take_ptr(text);
}

char *file_read_path(const char *path, size_t limit)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? NULL : file_read_all(fd, limit, NULL);
}

int file_write_all(int fd, const void *data, size_t length)
{
    const char *next = data;

    while (length > 0) {
        ssize_t count = write(fd, next, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        next += count;
        length -= count;
    }
    return 0;
}
