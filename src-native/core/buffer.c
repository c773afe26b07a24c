#include "config.h"

#include "buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256

/* Make room for `more` bytes and a NUL. */
static int buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t needed = buffer->length + more + 1;
    size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_MIN;
    char *data;

    if (needed <= buffer->capacity)
        return 0;
    while (capacity < needed)
        capacity *= 2;
    data = realloc(buffer->data, capacity);
    if (!data)
        return -1;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (buffer_reserve(buffer, length) < 0)
        return -1;
    if (length)
        memcpy(buffer->data + buffer->length, data, length);
    buffer_truncate(buffer, buffer->length + length);
    return 0;
}

int buffer_append_zeros(struct buffer *buffer, size_t length)
{
    if (buffer_reserve(buffer, length) < 0)
        return -1;
    memset(buffer->data + buffer->length, 0, length);
    buffer_truncate(buffer, buffer->length + length);
    return 0;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    char *text;
    int length, result;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        errno = ENOMEM;
        return -1;
    }
    result = buffer_append(buffer, text, (size_t)length);
    free(text);
    return result;
}

void buffer_truncate(struct buffer *buffer, size_t length)
{
    buffer->length = length;
    if (buffer->data)
        buffer->data[length] = '\0';
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
