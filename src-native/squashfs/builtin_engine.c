/* Our own engine as a shared object: its one exported name. */

#include "config.h"

#include "squashfs/reader.h"
#include "squashfs/session.h"

extern const struct squashfs_engine squashfs_engine
    __attribute__((visibility("default")));

const struct squashfs_engine squashfs_engine = {
    .abi = SQUASHFS_ENGINE_ABI,
    .open = reader_open,
    .serve = session_run,
    .tell_figures = statistics_tell,
    .close = reader_close,
};
