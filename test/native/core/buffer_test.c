#include "config.h"

#include "core/buffer.h"

#include <string.h>

#include "tap.h"

int main(void)
{
    CLEANUP_BUFFER struct buffer buffer = {0};
    int i, wrong = 0;

    OK(!buffer_append(&buffer, NULL, 0) && buffer.length == 0,
       "buffer_append() takes nothing");
    OK(!buffer_append(&buffer, "ab\0c", 4) && buffer.length == 4 &&
           !memcmp(buffer.data, "ab\0c", 5),
       "buffer_append() takes any bytes and adds a NUL");
    buffer_truncate(&buffer, 2);
    IS(buffer.data, "ab", "buffer_truncate() moves the NUL");
    OK(!buffer_printf(&buffer, "-%d-%s", 42, "x"), "buffer_printf()");
    IS(buffer.data, "ab-42-x", "buffer_printf() appends");
    buffer_truncate(&buffer, 0);
    for (i = 0; i < 100000; i++)
        wrong += buffer_append(&buffer, "0123456789", 10) < 0;
    for (i = 0; i < 100000; i++)
        wrong += memcmp(buffer.data + 10 * i, "0123456789", 10) != 0;
    OK(wrong == 0 && buffer.length == 1000000, "buffer_append() grows");
    OK(!buffer_append_zeros(&buffer, 3) &&
           !memcmp(buffer.data + 1000000, "\0\0\0", 4),
       "buffer_append_zeros()");
    buffer_release(&buffer);
    OK(!buffer.data && !buffer.length, "buffer_release() empties");
    return tap_done();
}
