/* What a layer says of the layers below it: that a name is gone, or that
   nothing in a directory is seen any more. In an archive that is a member whose
   name begins with ".wh." (OCI image specification, "Whiteouts"); in a tree for
   overlayfs it is a character device 0:0, or an extended attribute of the
   directory. Since Linux 5.8 anybody may make that one device, without a
   namespace or a capability.

   Modes that a layer has and a file of the store cannot have (member.h) are
   kept in an extended attribute, too. */

#ifndef CH_WHITEOUT_H
#define CH_WHITEOUT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "xattrs.h"

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/* Those of overlayfs begin with OVERLAY_XATTR_PREFIX, ours with
   LAYER_XATTR_PREFIX: neither is taken from an archive. */
#define OVERLAY_XATTR_PREFIX "user.overlay."
#define OVERLAY_XATTR_OPAQUE "user.overlay.opaque"
#define LAYER_XATTR_PREFIX   "user.charliecloud."
#define LAYER_XATTR_MODE     "user.charliecloud.mode"

enum whiteout_kind {
    WHITEOUT_NONE,    /* an ordinary name */
    WHITEOUT_NAME,    /* what follows the prefix is gone */
    WHITEOUT_ALL,     /* the directory is opaque */
    WHITEOUT_IGNORED, /* AUFS's own */
    WHITEOUT_INVALID, /* a name that no entry can have, or below a whiteout */
};

/* What the member `name`, clean and relative, is. */
enum whiteout_kind whiteout_kind(const char *name);

/* Of overlayfs. */
static inline bool is_whiteout(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* Make a whiteout for overlayfs; and mark the directory `fd` as opaque. Both
   return 0, or -1 with errno set. */
int whiteout_make(int dir_fd, const char *name);
int directory_set_opaque(int fd);

/* Whether the directory `fd` is marked. */
bool directory_is_opaque(int fd);

/* The permissions that a file or directory of permissions `mode` had in its
   layer: what LAYER_XATTR_MODE says, unless they were changed since. */
mode_t whiteout_kept_mode(const struct xattr_list *xattrs, mode_t mode,
                          bool directory);

#endif
