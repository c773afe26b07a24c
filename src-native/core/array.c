#include "config.h"

#include "core/array.h"

#include <stdlib.h>

void *array_append(void *array_address, size_t *count, size_t size)
{
    void **array = array_address;
    void *grown = reallocarray(*array, *count + 1, size);

    if (!grown)
        return NULL;
    *array = grown;
    return (char *)grown + size * (*count)++;
}
