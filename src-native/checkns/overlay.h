/* Checks of what a writable view of a read-only image needs: overlayfs with
   its upper directory on a tmpfs, and extended attributes there. */

#ifndef CH_CHECKNS_OVERLAY_H
#define CH_CHECKNS_OVERLAY_H

#include "checkns/check.h"

check_function check_overlay;
check_function check_overlay_userxattr;
check_function check_tmpfs_xattr;

#endif
