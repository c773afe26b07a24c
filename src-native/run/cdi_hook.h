/* The hooks of a CDI specification, which are programs that a privileged
   runtime would run. We run none: those that are known are done by ch-run
   itself, or need not be done here. */

#ifndef CH_CDI_HOOK_H
#define CH_CDI_HOOK_H

#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/json.h"

enum cdi_change_kind {
    CDI_LINK,         /* a symlink `path` to `target` */
    CDI_MODE,         /* of `path` */
    CDI_LIBRARIES,    /* a directory for the cache of libraries */
    CDI_COMPATIBILITY /* libraries of CUDA in the image, if they are newer than
                         the driver of this major version, `target` */
};

/* A change to the container's files. The strings are the specification's. */
struct cdi_change {
    enum cdi_change_kind kind;
    const char *path;
    const char *target;
    size_t target_length;
    mode_t mode;
};

enum cdi_hook_answer {
    CDI_HOOK_FAILED = -1,
    CDI_HOOK_KNOWN, /* what is to be done has been added */
    CDI_HOOK_NEEDLESS /* nothing, in our containers */,
    CDI_HOOK_UNKNOWN
};

/* Append what a hook would do to the array of `*count` changes. */
enum cdi_hook_answer cdi_hook_read(const struct json *hook,
                                   struct cdi_change **changes, size_t *count,
                                   struct ch_error *err);

/* What a hook is called: the program and its first arguments that are no
   options; heap, the caller frees. */
char *cdi_hook_title(const struct json *hook);

#endif
