#include "config.h"

#include "core/tar_segments.h"

#include <stdlib.h>

#include "tap.h"

struct align_case {
    const char *what;
    int64_t size;
    struct tar_segment before[4], after[4]; /* up to one all zeros */
};

static const struct align_case CASES[] = {
    {"nothing but a hole", 1024, {{0}}, {{0}}},
    {"aligned segments",
     4096,
     {{512, 512}, {2048, 1024}},
     {{512, 512}, {2048, 1024}}},
    {"a small segment", 4096, {{1000, 5}}, {{512, 512}}},
    {"a segment across a boundary", 4096, {{1000, 100}}, {{512, 1024}}},
    {"segments that then meet", 4096, {{0, 5}, {600, 5}}, {{0, 1024}}},
    {"segments in one block", 4096, {{10, 5}, {20, 5}}, {{0, 512}}},
    {"a segment of no length", 4096, {{1024, 0}}, {{0}}},
    {"data up to an odd end",
     1300,
     {{0, 512}, {1100, 200}},
     {{0, 512}, {1024, 276}}},
    {"a hole up to an odd end", 2500, {{0, 512}}, {{0, 512}, {2048, 452}}},
    {"a lone segment up to an odd end",
     1300,
     {{512, 788}},
     {{512, 512}, {1024, 276}}},
    {"nothing but a hole of odd size", 1300, {{0}}, {{512, 512}, {1024, 276}}},
    {"less than a block", 100, {{50, 10}}, {{0, 100}}},
    {"an empty file", 0, {{0}}, {{0}}},
};

static bool is_end(const struct tar_segment *segment)
{
    return !segment->offset && !segment->length;
}

static void test_case(const struct align_case *align)
{
    struct tar_segments segments = {0};
    int64_t length = 0;
    bool right = true;
    size_t i;

    for (i = 0; !is_end(&align->before[i]); i++)
        right = !tar_segments_add(&segments, align->before[i].offset,
                                  align->before[i].length);
    right = right && !tar_segments_align(&segments, align->size);
    for (i = 0; !is_end(&align->after[i]); i++) {
        right = right && i < segments.count &&
                segments.items[i].offset == align->after[i].offset &&
                segments.items[i].length == align->after[i].length;
        length += align->after[i].length;
    }
    if (!OK(right && i == segments.count, "tar_segments_align() and %s",
            align->what))
        for (i = 0; i < segments.count; i++)
            tap_note("%lld + %lld", (long long)segments.items[i].offset,
                     (long long)segments.items[i].length);
    OK(tar_segments_length(&segments) == length, "tar_segments_length() and %s",
       align->what);
    tar_segments_release(&segments);
    OK(segments.count == 0, "tar_segments_release() and %s", align->what);
}

int main(void)
{
    size_t i;

    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        test_case(&CASES[i]);
    return tap_done();
}
