/* Where the data of a sparse file is; the rest are holes. */

#ifndef CH_TAR_SEGMENTS_H
#define CH_TAR_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

struct tar_segment {
    int64_t offset;
    int64_t length;
};

/* Initialise with {0}. In the order of the offsets, without overlap. */
struct tar_segments {
    struct tar_segment *items;
    size_t count, capacity;
};

/* Append a segment. Returns 0, or -1 with errno ENOMEM. */
int tar_segments_add(struct tar_segments *segments, int64_t offset,
                     int64_t length);

/* Make the segments of a file of `size` bytes larger, if need be, until even
   mksquashfs 4.5 reads them: they begin and end at multiples of 512, or with
   the file; a file whose size is no such multiple ends in data; and the segment
   that ends there is not the first. Returns 0, or -1 with errno ENOMEM. */
int tar_segments_align(struct tar_segments *segments, int64_t size);

/* How many bytes of data the segments hold. */
int64_t tar_segments_length(const struct tar_segments *segments);

void tar_segments_release(struct tar_segments *segments);

#define CLEANUP_TAR_SEGMENTS __attribute__((cleanup(tar_segments_release)))

#endif
