/* Checks of what mounting a SquashFS image needs: the device /dev/fuse, and
   mount(2) of type fuse in a user namespace, without a setuid helper. */

#ifndef CH_CHECKNS_FUSE_H
#define CH_CHECKNS_FUSE_H

#include "checkns/check.h"

check_function check_fuse_device;
check_function check_fuse_mount;

#endif
