#include "config.h"

#include "tar_segments.h"

#include <stdlib.h>

#define ALIGNMENT INT64_C(512)

int tar_segments_add(struct tar_segments *segments, int64_t offset,
                     int64_t length)
{
    size_t capacity = segments->capacity ? 2 * segments->capacity : 16;
    struct tar_segment *items;

    if (segments->count == segments->capacity) {
        items = realloc(segments->items, capacity * sizeof(*items));
        if (!items)
            return -1;
        segments->items = items;
        segments->capacity = capacity;
    }
    segments->items[segments->count++] = (struct tar_segment){offset, length};
    return 0;
}

/* Append the bytes from `start` to `end`, joining what touches the last
   segment. */
static int add_range(struct tar_segments *segments, int64_t start, int64_t end)
{
    struct tar_segment *last;

    if (!segments->count)
        return tar_segments_add(segments, start, end - start);
    last = &segments->items[segments->count - 1];
    if (start > last->offset + last->length)
        return tar_segments_add(segments, start, end - start);
    if (end > last->offset + last->length)
        last->length = end - last->offset;
    return 0;
}

static int64_t round_down(int64_t offset)
{
    return offset & -ALIGNMENT;
}

static int64_t round_up(int64_t offset, int64_t size)
{
    int64_t up = round_down(offset + ALIGNMENT - 1);

    return up < size ? up : size;
}

static int add_aligned(struct tar_segments *aligned,
                       const struct tar_segments *segments, int64_t size)
{
    size_t i;

    for (i = 0; i < segments->count; i++) {
        const struct tar_segment *segment = &segments->items[i];
        int64_t end = segment->offset + segment->length;

        if (segment->length > 0 &&
            add_range(aligned, round_down(segment->offset),
                      round_up(end, size)) < 0)
            return -1;
    }
    if (size != round_down(size))
        return add_range(aligned, round_down(size), size);
    return 0;
}

/* Divide a lone segment that ends with a file of odd size. */
static int split_lone(struct tar_segments *segments, int64_t size)
{
    struct tar_segment *first = segments->items;
    int64_t tail = round_down(size);

    if (segments->count != 1 || tail == size || tail == 0 ||
        first->offset + first->length != size)
        return 0;
    if (first->offset == tail)
        first->offset -= ALIGNMENT;
    first->length = tail - first->offset;
    return tar_segments_add(segments, tail, size - tail);
}

int tar_segments_align(struct tar_segments *segments, int64_t size)
{
    struct tar_segments aligned = {0};

    if (add_aligned(&aligned, segments, size) < 0 ||
        split_lone(&aligned, size) < 0) {
        tar_segments_release(&aligned);
        return -1;
    }
    tar_segments_release(segments);
    *segments = aligned;
    return 0;
}

int64_t tar_segments_length(const struct tar_segments *segments)
{
    int64_t length = 0;
    size_t i;

    for (i = 0; i < segments->count; i++)
        length += segments->items[i].length;
    return length;
}

void tar_segments_release(struct tar_segments *segments)
{
    free(segments->items);
    *segments = (struct tar_segments){0};
}
