/* Tar archives for tests, honest and hostile: names are taken as they are. */

#ifndef CH_ARCHIVE_BUILDER_H
#define CH_ARCHIVE_BUILDER_H

#include "core/buffer.h"
#include "core/tar_header.h"

/* Initialise with {0}; `bytes` is the archive so far. */
struct archive_builder {
    struct buffer bytes;
};

void builder_file(struct archive_builder *builder, const char *name,
                  const char *content);
void builder_directory(struct archive_builder *builder, const char *name);
void builder_symlink(struct archive_builder *builder, const char *name,
                     const char *target);
void builder_hardlink(struct archive_builder *builder, const char *name,
                      const char *target);

/* A member with any header; for files `header->size` bytes of `data` follow,
   for sparse ones as many as the segments hold. */
void builder_add(struct archive_builder *builder,
                 const struct tar_header *header, const void *data);

/* A character device, which tar_header.h does not know. */
void builder_device(struct archive_builder *builder, const char *name);

/* End the archive and write it to `path`, plain or by gzip; empties the
   builder. */
void builder_save(struct archive_builder *builder, const char *path);
void builder_save_gzip(struct archive_builder *builder, const char *path);

#endif
