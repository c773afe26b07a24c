/* The kernel's side of FUSE, as of protocol 7.27 (Linux 4.18), with what newer
   kernels offer and older headers lack. What the kernel at hand knows is found
   out in FUSE_INIT, never here. */

#ifndef CH_FUSE_PROTOCOL_H
#define CH_FUSE_PROTOCOL_H

#include <linux/fuse.h>
#include <stdint.h>

#define PROTOCOL_MINOR_MIN 27

/* The newest that we know the replies of: what newer kernels add to them, they
   leave out for us. */
#define PROTOCOL_MINOR_MAX 31

/* 7.28 */
#ifndef FUSE_MAX_PAGES
#define FUSE_MAX_PAGES (1 << 22)
#endif
#ifndef FUSE_CACHE_SYMLINKS
#define FUSE_CACHE_SYMLINKS (1 << 23)
#endif
#ifndef FOPEN_CACHE_DIR
#define FOPEN_CACHE_DIR (1 << 3)
#endif

/* 7.29 */
#ifndef FUSE_NO_OPENDIR_SUPPORT
#define FUSE_NO_OPENDIR_SUPPORT (1 << 24)
#endif

/* The kernel's fuse_init_in as far as all kernels send it. */
struct init_request {
    uint32_t major;
    uint32_t minor;
    uint32_t max_readahead;
    uint32_t flags;
};

/* The kernel's fuse_init_out, whose `max_pages` is of 7.28. */
struct init_reply {
    uint32_t major;
    uint32_t minor;
    uint32_t max_readahead;
    uint32_t flags;
    uint16_t max_background;
    uint16_t congestion_threshold;
    uint32_t max_write;
    uint32_t time_gran;
    uint16_t max_pages;
    uint16_t unused[17];
};

_Static_assert(sizeof(struct init_reply) == 64, "the kernel's size");

#endif
