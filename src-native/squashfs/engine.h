/* What serves a SquashFS image over FUSE. An engine is a shared object that
   ch-run opens only when there is an image to serve, in the server process, so
   that running a directory loads none of the libraries behind it. */

#ifndef CH_ENGINE_H
#define CH_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/squashfs_super.h"

/* Changes whenever the structure below does: an engine of another release is
   refused. */
#define SQUASHFS_ENGINE_ABI 4

/* The name under which an engine exports its structure. */
#define SQUASHFS_ENGINE_SYMBOL "squashfs_engine"

/* The engines' file names, in the package's library directory. Of our own there
   is one for each compressor, so that opening it loads that one library. */
#define SQUASHFS_ENGINE_BUILTIN    "builtin-%s-engine.so"
#define SQUASHFS_ENGINE_SQUASHFUSE "squashfuse-engine.so"

struct squashfs_image; /* an image that an engine has opened */

/* What an engine that has no use for it leaves alone. */
struct squashfs_settings {
    size_t cache_size; /* bytes for unpacked blocks; 0: the engine's choice */
    unsigned threads;  /* at most; 0: as many as there are CPUs for us */

    /* Whom all files belong to, as the mount's user namespace sees them: an
       image holds whatever ids its maker had. */
    uid_t uid;
    gid_t gid;

    /* Called for what is found to be damaged in the image, with what could not
       be done: "cannot read \"bin/sh\" at offset 0". By any thread, and only
       so often that nobody is flooded. */
    void (*report)(void *context, const char *text);
    void *context;

    /* Called when a file is read for the first time, before the reader gets
       anything, with its path: "/bin/sh". By any thread, but by one at a
       time. NULL: nobody wants to know. */
    void (*first_read)(void *context, const char *path);
    void *first_read_context;
};

/* Told one by one: "blocks unpacked", 123. */
typedef void squashfs_figure(void *context, const char *name, uint64_t value);

struct squashfs_engine {
    int abi;

    /* Read the image's tables. The descriptor stays the caller's and must
       outlive the image. NULL on error. */
    struct squashfs_image *(*open)(const struct squashfs_place *place,
                                   const struct squashfs_settings *settings,
                                   struct ch_error *err);

    /* Serve the image on `fuse_fd`, a descriptor of /dev/fuse that is mounted
       already. Calls ready(context) once, when requests will be answered.
       Returns 0 when the file system has been unmounted. */
    int (*serve)(struct squashfs_image *image, int fuse_fd,
                 void (*ready)(void *context), void *context,
                 struct ch_error *err);

    /* Tell what serving has come to. Afterwards, and before close(). NULL where
       the engine does not count. */
    void (*tell_figures)(const struct squashfs_image *image,
                         squashfs_figure *tell, void *context);

    void (*close)(struct squashfs_image *image);
};

#endif
