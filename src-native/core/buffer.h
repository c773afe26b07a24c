/* Bytes that grow: any content, always followed by a NUL that is not counted,
   so that text in it is a string. */

#ifndef CH_BUFFER_H
#define CH_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data; /* NULL while nothing was ever appended */
    size_t length;
    size_t capacity;
};

/* All of these return 0, or -1 with errno ENOMEM and the buffer unchanged. */
int buffer_append(struct buffer *buffer, const void *data, size_t length);
int buffer_append_zeros(struct buffer *buffer, size_t length);
int buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forget what is behind the first `length` bytes. */
void buffer_truncate(struct buffer *buffer, size_t length);

/* Free the content and make the buffer empty. */
void buffer_release(struct buffer *buffer);

#define CLEANUP_BUFFER __attribute__((cleanup(buffer_release)))

#endif
