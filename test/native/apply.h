/* Applying layers that a test has built. */

#ifndef CH_APPLY_H
#define CH_APPLY_H

#include "archive_builder.h"
#include "core/layer_apply.h"

/* layer_apply() of what was built, as a gzip file, into the existing directory
   `directory`; empties the builder. Digests and limits of `options` count, its
   source is set here. */
int apply(struct archive_builder *builder, struct layer_apply_options *options,
          const char *directory, struct layer_result *result,
          struct ch_error *err);

/* Check that this succeeds, into a fresh directory. */
void must_apply(struct archive_builder *builder, enum layer_form form,
                const char *directory, struct layer_result *result,
                const char *what);

/* Make an empty directory, in place of whatever is there. */
void make_fresh(const char *path);

/* Whether `path` is a whiteout; whether it is a directory marked as opaque. */
bool has_whiteout(const char *path);
bool has_opaque_mark(const char *path);

/* Whether files here can have extended attributes, without which there is no
   opaque mark. */
bool xattrs_work(void);

#endif
