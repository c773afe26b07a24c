#include "config.h"

#include "core/name_index.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

enum { MANY = 100000 };

static void test_many(struct name_index *index)
{
    char name[32];
    int i, wrong = 0;

    for (i = 0; i < MANY; i++) {
        int length = snprintf(name, sizeof(name), "dir/%d", i);

        wrong += name_index_put(index, name, (size_t)length, NAME_OTHER,
                                (uint64_t)i) < 0;
    }
    for (i = 0; i < MANY; i++) {
        int length = snprintf(name, sizeof(name), "dir/%d", i);
        const struct name_slot *slot =
            name_index_find(index, name, (size_t)length);

        wrong += !slot || slot->tag != (uint64_t)i || slot->kind != NAME_OTHER;
    }
    OK(wrong == 0, "name_index_find() finds all of %d names", MANY);
    OK(index->used == MANY + 1, "name_index_put() counts them once");
}

int main(void)
{
    struct name_index index = {0};
    const struct name_slot *slot;

    OK(!name_index_find(&index, "a", 1),
       "name_index_find() and an empty index");
    OK(!name_index_put(&index, "a/b", 1, NAME_IMPLIED, 1),
       "name_index_put() takes part of a string");
    slot = name_index_find(&index, "a", 1);
    OK(slot && slot->kind == NAME_IMPLIED && slot->tag == 1,
       "name_index_find() finds it");
    OK(!name_index_find(&index, "a/b", 3), "name_index_find() not the whole");
    OK(!name_index_put(&index, "a", 1, NAME_DIRECTORY, 2), "name_index_put()");
    slot = name_index_find(&index, "a", 1);
    OK(slot && slot->kind == NAME_DIRECTORY && slot->tag == 2,
       "name_index_put() replaces what was known");
    test_many(&index);
    name_index_release(&index);
    OK(!name_index_find(&index, "a", 1), "name_index_release() empties");
    return tap_done();
}
