/* Arrays that grow by one element at a time. */

#ifndef CH_ARRAY_H
#define CH_ARRAY_H

#include <stddef.h>

/* Grow the array whose address is `array_address`, and which holds `*count`
   elements of `size` bytes, by one. Returns that element, which is the caller's
   to fill in, or NULL with errno ENOMEM and the array unchanged. */
void *array_append(void *array_address, size_t *count, size_t size);

#endif
