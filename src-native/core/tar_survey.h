/* What must be known of an archive before it is streamed to mksquashfs(1): that
   takes nothing about the root from an archive, and gives the root the present
   time unless it is told the newest one that the image is to have. */

#ifndef CH_TAR_SURVEY_H
#define CH_TAR_SURVEY_H

#include "control.h"
#include "error.h"
#include "member.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tar_survey {
    mode_t root_mode;
    int64_t newest; /* modification time, as SquashFS can hold it */
};

/* Look through the archive `path`, from its beginning to its end. What an image
   cannot hold does not count. */
int tar_survey(const char *path, const struct member_options *options,
               struct ch_control *control, struct tar_survey *survey,
               struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
