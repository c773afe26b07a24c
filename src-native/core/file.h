/* Small files read or written whole, in one call: /proc, /sys, and files that
   we generate. */

#ifndef CH_FILE_H
#define CH_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Write `text` to the existing file `path` with one write(2), as files in
   /proc want it. Returns 0, or -1 with errno set. */
int file_write(const char *path, const char *text);

/* Read the first line of `path`, without its newline, into `line` of `size`
   bytes, cut to fit. Returns its length, or -1 with errno set. */
ssize_t file_read_line(const char *path, char *line, size_t size);

/* Read what is left of `fd` into a heap string the caller frees, which has a
   NUL at its end. `*length` (may be NULL) is what was read, without that NUL.
   At most `limit` bytes: more is EFBIG. Returns NULL with errno set. */
char *file_read_all(int fd, size_t limit, size_t *length);

/* The same of all of the file `path`. */
char *file_read_path(const char *path, size_t limit);

/* write(2) until all is written. Returns 0, or -1 with errno set. */
int file_write_all(int fd, const void *data, size_t length);

#endif
