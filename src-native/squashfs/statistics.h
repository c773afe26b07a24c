/* What the service counts, for whoever wants to see it work (ch-run --stats).
   Counting must cost nothing: relaxed atomics where threads meet, and no clock.
 */

#ifndef CH_STATISTICS_H
#define CH_STATISTICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "squashfs/engine.h"

/* All opcodes that there are answers for are below. */
#define STATISTICS_OPCODES 64

typedef _Atomic uint64_t statistics_count;

struct statistics {
    statistics_count requests[STATISTICS_OPCODES];
    statistics_count bytes_sent;
    statistics_count blocks_unpacked;
    statistics_count bytes_unpacked;
    statistics_count bytes_stored; /* read without unpacking */
    unsigned threads;              /* the most that there were */
};

static inline void statistics_add(statistics_count *count, uint64_t value)
{
    (void)atomic_fetch_add_explicit(count, value, memory_order_relaxed);
}

static inline void statistics_add_unpacked(struct statistics *statistics,
                                           size_t length)
{
    statistics_add(&statistics->blocks_unpacked, 1);
    statistics_add(&statistics->bytes_unpacked, length);
}

void statistics_add_request(struct statistics *statistics, uint32_t opcode);

/* See `tell_figures` in engine.h. */
void statistics_tell(const struct squashfs_image *image, squashfs_figure *tell,
                     void *context);

#endif
