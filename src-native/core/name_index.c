#include "config.h"

#include "name_index.h"

#include <stdlib.h>

#define CAPACITY_MIN 1024

/* FNV-1a, then murmur's finish: open addressing looks at the low bits, which
   FNV alone mixes badly. Never 0, which marks a free slot. */
uint64_t name_hash(const char *name, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    size_t i;

    for (i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
    hash ^= hash >> 33;
    return hash ? hash : 1;
}

/* The slot that holds `hash`, or the free one where it would go. */
static struct name_slot *probe(struct name_slot *slots, size_t capacity,
                               uint64_t hash)
{
    size_t i = hash & (capacity - 1);

    while (slots[i].hash && slots[i].hash != hash)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static int grow(struct name_index *index)
{
    size_t capacity = index->capacity ? 2 * index->capacity : CAPACITY_MIN;
    struct name_slot *slots = calloc(capacity, sizeof(*slots));
    size_t i;

    if (!slots)
        return -1;
    for (i = 0; i < index->capacity; i++)
        if (index->slots[i].hash)
            *probe(slots, capacity, index->slots[i].hash) = index->slots[i];
    free(index->slots);
    index->slots = slots;
    index->capacity = capacity;
    return 0;
}

struct name_slot *name_index_find(const struct name_index *index,
                                  const char *name, size_t length)
{
    struct name_slot *slot;

    if (!index->capacity)
        return NULL;
    slot = probe(index->slots, index->capacity, name_hash(name, length));
    return slot->hash ? slot : NULL;
}

int name_index_put(struct name_index *index, const char *name, size_t length,
                   enum name_kind kind, uint64_t tag)
{
    uint64_t hash = name_hash(name, length);
    struct name_slot *slot;

    /* At most three quarters full: probes stay short. */
    if (4 * (index->used + 1) > 3 * index->capacity && grow(index) < 0)
        return -1;
    slot = probe(index->slots, index->capacity, hash);
    if (!slot->hash)
        index->used++;
    *slot = (struct name_slot){.hash = hash, .tag = tag, .kind = kind};
    return 0;
}

void name_index_release(struct name_index *index)
{
    free(index->slots);
    *index = (struct name_index){0};
}
