/* A layer becoming a tree, in one pass over its bytes: read, hashed,
   decompressed, hashed again, parsed and written.

   Each layer means what it means when it is unpacked into an empty directory of
   its own, which is then laid over the older ones as overlayfs does it; that is
   how Docker and Podman see it. Either exactly that is made, or the layer goes
   into the tree that holds the older ones already, with the same outcome. (But
   for one thing: where the layer goes through a symlink of its own that leads
   into an older layer's directory, a tree of its own has no such directory, and
   the symlink is replaced by one.) */

#ifndef CH_LAYER_APPLY_H
#define CH_LAYER_APPLY_H

#include <stdbool.h>

#include "control.h"
#include "error.h"
#include "layer_stream.h"
#include "member.h"

#ifdef __cplusplus
extern "C" {
#endif

enum layer_form {
    LAYER_OVERLAY, /* a directory of its own, whiteouts as overlayfs has them */
    LAYER_FLAT,    /* one tree of all layers, whiteouts applied */
};

struct layer_apply_options {
    struct layer_source source;
    enum layer_form form;
    /* LAYER_OVERLAY: the layers below it, newest first, NULL-terminated, or
       NULL if they are not known. Directories that the layer only implies get
       their attributes there, and whiteouts of what is not there are left out.
     */
    const char *const *lower;
    /* Fail (errnum ENOSPC) before fewer bytes than these are free; 0: do not
       look. */
    int64_t reserve;
    bool without_xattrs; /* leave out those that members have, and kept modes */
};

struct layer_result {
    struct member_stats stats;
    struct layer_digests digests;
    int64_t whiteouts;  /* opaque marks included */
    int64_t privileged; /* had setuid or setgid bits, now in LAYER_XATTR_MODE */
    int64_t xattrs;     /* members without theirs: the file system has none */
    bool
        opaque; /* LAYER_OVERLAY: the layers below must not be mounted at all */
};

/* Unpack the layer into the existing directory `directory`, which for
   LAYER_OVERLAY is empty. On failure, what was written so far is left to the
   caller to delete. Fails with errnum EBADMSG for other digests than wanted,
   EFBIG for a layer beyond the limits. */
int layer_apply(const struct layer_apply_options *options,
                const char *directory, struct ch_control *control,
                struct layer_result *result, struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
