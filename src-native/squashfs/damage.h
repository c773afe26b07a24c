/* Saying what is damaged. A request that meets damage is answered with EIO, and
   then the file is named that it was about: the request has only the place of
   its inode, so that the tree is searched for it. Damage is rare; but a program
   may well try ten thousand times to read the same block, so only the first
   reports are made. */

#ifndef CH_DAMAGE_H
#define CH_DAMAGE_H

#include <pthread.h>
#include <stdint.h>

struct squashfs_image;

struct damage_log {
    void (*report)(void *context, const char *text); /* may be NULL */
    void *context;
    pthread_mutex_t mutex;
    unsigned count;
    struct {
        uint64_t reference;
        uint64_t offset;
    } last; /* what a program that tries again asks for again */
};

void damage_log_init(struct damage_log *log,
                     void (*report)(void *context, const char *text),
                     void *context);
void damage_log_clear(struct damage_log *log);

/* `action` ("read") failed at `offset` of what has its inode at `reference`. */
void damage_report(struct squashfs_image *image, const char *action,
                   uint64_t reference, uint64_t offset);

#endif
