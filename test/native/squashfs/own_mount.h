/* A mount of an image that this very process serves, in namespaces of its own,
   while another walks and reads all of it: the whole engine in one program, as
   sanitizers want it. */

#ifndef CH_OWN_MOUNT_H
#define CH_OWN_MOUNT_H

#include "core/error.h"
#include "squashfs/reader.h"

/* The exit status of the process that walked: whether it met errors. */
enum own_mount_result { OWN_MOUNT_SOUND = 0, OWN_MOUNT_ERRORS = 1 };

/* Enter the namespaces, mount on `directory`, serve until it has been walked.
   For a process with one thread that ends after this. Returns a result, or -1
   with `err` set. */
int own_mount_walk(struct squashfs_image *image, const char *directory,
                   struct ch_error *err);

#endif
