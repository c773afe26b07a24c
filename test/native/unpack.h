/* Unpacking what a test has built, into a fresh directory "out". */

#ifndef CH_UNPACK_H
#define CH_UNPACK_H

#include "archive_builder.h"
#include "core/error.h"
#include "core/member.h"

/* tar_extract() of what was built, as a gzip file; empties the builder. */
int unpack(struct archive_builder *builder,
           const struct member_options *options, struct member_stats *stats,
           struct ch_error *err);

/* Check that this succeeds, without options. */
void must_unpack(struct archive_builder *builder, const char *what);

/* Check that this fails with exactly this message. */
void must_refuse(struct archive_builder *builder, const char *message,
                 const char *what);

/* Add a member of that mode and without content, from 1970-01-01 00:00:01. */
void add_mode(struct archive_builder *builder, enum tar_type type,
              const char *name, mode_t mode);

#endif
