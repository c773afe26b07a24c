#include "config.h"

#include "archive_builder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "scratch.h"

/* A date that nothing else has: 2001-09-09 01:46:40 UTC. */
#define MTIME 1000000000

static void must(int status)
{
    if (status < 0)
        give_up("build", "archive");
}

void builder_add(struct archive_builder *builder,
                 const struct tar_header *header, const void *data)
{
    int64_t length =
        header->segments ? tar_segments_length(header->segments) : header->size;

    must(tar_header_append(&builder->bytes, header));
    must(buffer_append(&builder->bytes, data, (size_t)length));
    must(buffer_append_zeros(&builder->bytes, tar_padding(length)));
}

void builder_file(struct archive_builder *builder, const char *name,
                  const char *content)
{
    const struct tar_header header = {
        .type = TAR_FILE,
        .name = name,
        .mode = 0644,
        .size = (int64_t)strlen(content),
        .mtime = MTIME,
    };

    builder_add(builder, &header, content);
}

void builder_directory(struct archive_builder *builder, const char *name)
{
    const struct tar_header header = {
        .type = TAR_DIRECTORY,
        .name = name,
        .mode = 0755,
        .mtime = MTIME,
    };

    builder_add(builder, &header, NULL);
}

static void builder_link(struct archive_builder *builder, enum tar_type type,
                         const char *name, const char *target)
{
    const struct tar_header header = {
        .type = type,
        .name = name,
        .target = target,
        .mode = 0777,
        .mtime = MTIME,
    };

    builder_add(builder, &header, NULL);
}

void builder_symlink(struct archive_builder *builder, const char *name,
                     const char *target)
{
    builder_link(builder, TAR_SYMLINK, name, target);
}

void builder_hardlink(struct archive_builder *builder, const char *name,
                      const char *target)
{
    builder_link(builder, TAR_HARDLINK, name, target);
}

void builder_device(struct archive_builder *builder, const char *name)
{
    const struct tar_header header = {
        .type = (enum tar_type)'3',
        .name = name,
        .mode = 0666,
        .mtime = MTIME,
    };

    builder_add(builder, &header, NULL);
}

static void finish(struct archive_builder *builder)
{
    must(buffer_append_zeros(&builder->bytes, (size_t)2 * TAR_BLOCK_SIZE));
}

void builder_save(struct archive_builder *builder, const char *path)
{
    finish(builder);
    make_bytes(path, builder->bytes.data, builder->bytes.length);
    buffer_release(&builder->bytes);
}

void builder_save_gzip(struct archive_builder *builder, const char *path)
{
    gzFile file = gzopen(path, "wb");
    unsigned length;

    finish(builder);
    length = (unsigned)builder->bytes.length;
    if (!file || gzwrite(file, builder->bytes.data, length) != (int)length ||
        gzclose(file) != Z_OK)
        give_up("write", path);
    buffer_release(&builder->bytes);
}
