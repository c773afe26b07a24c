/* The first name of each file that has several, by device and inode number. */

#ifndef CH_LINK_TABLE_H
#define CH_LINK_TABLE_H

#include <stddef.h>
#include <sys/types.h>

struct link_slot;

/* Initialise with {0}. */
struct link_table {
    struct link_slot *slots;
    size_t capacity; /* a power of two */
    size_t used;
};

/* The name of a file that was added; NULL if it was not. */
const char *link_table_find(const struct link_table *table, dev_t dev,
                            ino_t ino);

/* Add a file that is not in the table. Returns 0, or -1 with errno ENOMEM. */
int link_table_add(struct link_table *table, dev_t dev, ino_t ino,
                   const char *name);

void link_table_release(struct link_table *table);

#endif
