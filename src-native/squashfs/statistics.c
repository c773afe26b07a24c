#include "config.h"

#include "squashfs/statistics.h"

#include <stdio.h>

#include "squashfs/fuse_protocol.h"
#include "squashfs/reader.h"

/* Longer than any opcode's name with " requests". */
#define NAME_SIZE 64

/* The others are told by number. */
static const char *const OPCODES[STATISTICS_OPCODES] = {
    [FUSE_LOOKUP] = "LOOKUP",
    [FUSE_FORGET] = "FORGET",
    [FUSE_GETATTR] = "GETATTR",
    [FUSE_READLINK] = "READLINK",
    [FUSE_OPEN] = "OPEN",
    [FUSE_READ] = "READ",
    [FUSE_STATFS] = "STATFS",
    [FUSE_GETXATTR] = "GETXATTR",
    [FUSE_LISTXATTR] = "LISTXATTR",
    [FUSE_FLUSH] = "FLUSH",
    [FUSE_INIT] = "INIT",
    [FUSE_OPENDIR] = "OPENDIR",
    [FUSE_READDIR] = "READDIR",
    [FUSE_ACCESS] = "ACCESS",
    [FUSE_INTERRUPT] = "INTERRUPT",
    [FUSE_DESTROY] = "DESTROY",
    [FUSE_BATCH_FORGET] = "BATCH_FORGET",
    [FUSE_READDIRPLUS] = "READDIRPLUS",
};

void statistics_add_request(struct statistics *statistics, uint32_t opcode)
{
    if (opcode < STATISTICS_OPCODES)
        statistics_add(&statistics->requests[opcode], 1);
}

static uint64_t value_of(const statistics_count *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static void tell_requests(const struct statistics *statistics,
                          squashfs_figure *tell, void *context)
{
    char name[NAME_SIZE];
    uint64_t count;

    for (unsigned i = 0; i < STATISTICS_OPCODES; i++) {
        count = value_of(&statistics->requests[i]);
        if (!count)
            continue;
        if (OPCODES[i])
            snprintf(name, sizeof(name), "%s requests", OPCODES[i]);
        else
            snprintf(name, sizeof(name), "requests of kind %u", i);
        tell(context, name, count);
    }
}

void statistics_tell(const struct squashfs_image *image, squashfs_figure *tell,
                     void *context)
{
    const struct statistics *statistics = &image->statistics;

    tell_requests(statistics, tell, context);
    tell(context, "bytes sent", value_of(&statistics->bytes_sent));
    tell(context, "blocks found in the cache", image->blocks.hits);
    tell(context, "metadata blocks found in the cache", image->metadata.hits);
    tell(context, "blocks unpacked", value_of(&statistics->blocks_unpacked));
    tell(context, "bytes unpacked", value_of(&statistics->bytes_unpacked));
    tell(context, "bytes read without unpacking",
         value_of(&statistics->bytes_stored));
    tell(context, "threads", statistics->threads);
}
