#include "config.h"

#include "link_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256

struct link_slot {
    dev_t dev;
    ino_t ino;
    char *name; /* NULL: free */
};

/* The slot of a file, or the free one where it would go. */
static struct link_slot *probe(const struct link_table *table, dev_t dev,
                               ino_t ino)
{
    /* Inode numbers are mostly consecutive: spread them by a large odd
       factor, and take the upper bits, which it mixes best. */
    uint64_t hash = ((uint64_t)ino ^ (uint64_t)dev << 32) * 0x9e3779b97f4a7c15;
    size_t i = (size_t)(hash >> 32) & (table->capacity - 1);

    while (table->slots[i].name &&
           (table->slots[i].ino != ino || table->slots[i].dev != dev))
        i = (i + 1) & (table->capacity - 1);
    return &table->slots[i];
}

static int grow(struct link_table *table)
{
    struct link_table grown = {
        .capacity = table->capacity ? 2 * table->capacity : CAPACITY_MIN,
        .used = table->used,
    };
    size_t i;

    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return -1;
    for (i = 0; i < table->capacity; i++)
        if (table->slots[i].name)
            *probe(&grown, table->slots[i].dev, table->slots[i].ino) =
                table->slots[i];
    free(table->slots);
    *table = grown;
    return 0;
}

const char *link_table_find(const struct link_table *table, dev_t dev,
                            ino_t ino)
{
    return table->capacity ? probe(table, dev, ino)->name : NULL;
}

int link_table_add(struct link_table *table, dev_t dev, ino_t ino,
                   const char *name)
{
    char *copy;

    /* At most three quarters full: probes stay short. */
    if (4 * (table->used + 1) > 3 * table->capacity && grow(table) < 0)
        return -1;
    copy = strdup(name);
    if (!copy)
        return -1;
    *probe(table, dev, ino) =
        (struct link_slot){.dev = dev, .ino = ino, .name = copy};
    table->used++;
    return 0;
}

void link_table_release(struct link_table *table)
{
    size_t i;

    for (i = 0; i < table->capacity; i++)
        free(table->slots[i].name);
    free(table->slots);
    *table = (struct link_table){0};
}
