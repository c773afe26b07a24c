/* walk-together IMAGE THREADS CACHE-SIZE: threads walk an image at the same
   time, through one reader with a cache of that many bytes. All must find the
   same, without an error; one that walks alone first tells what. Prints that,
   and is meant to run under ThreadSanitizer, with a cache for all and one that
   is too small for any. */

#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "squashfs/image_walk.h"

#define THREADS_MAX 64

static void *run(void *walk)
{
    image_walk(((struct image_walk *)walk)->image, walk);
    return NULL;
}

static int walk_together(struct squashfs_image *image, int count,
                         const struct image_walk *alone)
{
    struct image_walk walks[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    int wrong = 0;

    for (int i = 0; i < count; i++) {
        walks[i].image = image;
        if (pthread_create(&threads[i], NULL, run, &walks[i]))
            abort();
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        if (walks[i].sum != alone->sum || walks[i].errors ||
            walks[i].bytes != alone->bytes)
            wrong++;
    }
    return wrong;
}

int main(int argc, char **argv)
{
    struct squashfs_settings settings = {0};
    struct ch_error err = CH_ERROR_INIT;
    int fd = argc == 4 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    const struct squashfs_place place = {.fd = fd};
    long count = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    struct squashfs_image *image;
    struct image_walk alone;
    int wrong;

    if (fd < 0 || count < 1 || count > THREADS_MAX) {
        fprintf(stderr, "usage: walk-together IMAGE THREADS CACHE-SIZE\n");
        return 2;
    }
    settings.cache_size = strtoul(argv[3], NULL, 10);
    image = reader_open(&place, &settings, &err);
    if (!image) {
        fprintf(stderr, "walk-together: %s\n", ch_error_text(&err));
        return 1;
    }
    image_walk(image, &alone);
    wrong = walk_together(image, (int)count, &alone);
    reader_close(image);
    printf("%" PRIu64 " entries, %" PRIu64 " bytes, %" PRIu64
           " errors, sum %016" PRIx64 "; %d of %ld differ\n",
           alone.entries, alone.bytes, alone.errors, alone.sum, wrong, count);
    return wrong || alone.errors ? 1 : 0;
}
