/* A member of an archive that is read becoming one of an archive that is
   written and that mksquashfs(1) reads with -tar. */

#ifndef CH_TAR_COPY_H
#define CH_TAR_COPY_H

#include <stdint.h>

#include "archive_input.h"
#include "error.h"
#include "member.h"
#include "tar_output.h"

/* Write `member`, which is `entry`, the current one of `input`, with its data.
   `*bytes` is counted up by these; devices cannot be written. */
int tar_copy_member(struct tar_output *output, struct archive_input *input,
                    struct archive_entry *entry, const struct member *member,
                    int64_t *bytes, struct ch_error *err);

enum tar_type tar_copy_type(const struct member *member);

/* The nearest time that SquashFS can hold. */
int64_t tar_copy_mtime(int64_t mtime);

#endif
