#include "config.h"

#include "unpack.h"

#include <fcntl.h>

#include "core/tar_extract.h"
#include "core/tree_delete.h"
#include "scratch.h"
#include "tap.h"

static const struct member_options PLAIN = {.strip = ""};

int unpack(struct archive_builder *builder,
           const struct member_options *options, struct member_stats *stats,
           struct ch_error *err)
{
    builder_save_gzip(builder, "archive.tgz");
    if (tree_delete(AT_FDCWD, "out", err) < 0 || mkdir("out", 0755) < 0)
        give_up("make", "out");
    return tar_extract("archive.tgz", "out", options, NULL, stats, err);
}

void must_unpack(struct archive_builder *builder, const char *what)
{
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!OK(!unpack(builder, &PLAIN, &stats, &err), "tar_extract() unpacks %s",
            what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before,
       "tar_extract() leaves no descriptor open, %s", what);
    ch_error_clear(&err);
}

void must_refuse(struct archive_builder *builder, const char *message,
                 const char *what)
{
    struct member_stats stats;
    struct ch_error err = CH_ERROR_INIT;

    OK(unpack(builder, &PLAIN, &stats, &err) < 0, "tar_extract() refuses %s",
       what);
    IS(ch_error_text(&err), message, "tar_extract() says why");
    ch_error_clear(&err);
}

void add_mode(struct archive_builder *builder, enum tar_type type,
              const char *name, mode_t mode)
{
    const struct tar_header header = {
        .type = type, .name = name, .mode = mode, .mtime = 1};

    builder_add(builder, &header, NULL);
}
