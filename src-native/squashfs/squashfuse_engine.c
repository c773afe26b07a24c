/* The shared object's one exported name. */

#include "config.h"

#include "squashfs/squashfuse.h"

extern const struct squashfs_engine squashfs_engine
    __attribute__((visibility("default")));

const struct squashfs_engine squashfs_engine = {
    .abi = SQUASHFS_ENGINE_ABI,
    .open = squashfuse_open,
    .serve = squashfuse_serve,
    .close = squashfuse_close,
};
