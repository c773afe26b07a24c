#include "config.h"

#include "core/link_table.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

enum { MANY = 50000 };

int main(void)
{
    struct link_table table = {0};
    char name[32];
    int i, wrong = 0;

    OK(!link_table_find(&table, 1, 1), "link_table_find() and an empty table");
    for (i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "file %d", i);
        wrong += link_table_add(&table, (dev_t)(i % 3), (ino_t)i, name) < 0;
    }
    for (i = 0; i < MANY; i++) {
        const char *found = link_table_find(&table, (dev_t)(i % 3), (ino_t)i);

        (void)snprintf(name, sizeof(name), "file %d", i);
        wrong += !found || strcmp(found, name) != 0;
        wrong += link_table_find(&table, (dev_t)(i % 3 + 1), (ino_t)i) != NULL;
    }
    OK(wrong == 0, "link_table_find() tells %d files by device and inode",
       MANY);
    link_table_release(&table);
    OK(!link_table_find(&table, 0, 0), "link_table_release() empties");
    return tap_done();
}
