#include "config.h"

#include "apply.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/cleanup.h"
#include "core/tree_delete.h"
#include "core/whiteout.h"
#include "scratch.h"
#include "tap.h"

#define MEBI ((int64_t)1 << 20)

void make_fresh(const char *path)
{
    struct ch_error err = CH_ERROR_INIT;

    if (tree_delete(AT_FDCWD, path, &err) < 0 || mkdir(path, 0755) < 0)
        give_up("make", path);
    ch_error_clear(&err);
}

int apply(struct archive_builder *builder, struct layer_apply_options *options,
          const char *directory, struct layer_result *result,
          struct ch_error *err)
{
    struct layer_source *source = &options->source;
    CLEANUP_CLOSE int fd = -1;

    builder_save_gzip(builder, "layer.tgz");
    fd = open("layer.tgz", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        give_up("open", "layer.tgz");
    source->fd = fd;
    source->name = "layer";
    if (!source->digest)
        source->digest = "";
    if (!source->diff_id)
        source->diff_id = "";
    if (!source->limits.ratio)
        source->limits = (struct layer_limits){64 * MEBI, 100};
    return layer_apply(options, directory, NULL, result, err);
}

void must_apply(struct archive_builder *builder, enum layer_form form,
                const char *directory, struct layer_result *result,
                const char *what)
{
    struct layer_apply_options options = {.form = form};
    struct layer_result unused;
    struct ch_error err = CH_ERROR_INIT;
    int before = open_descriptors();

    if (!exists(directory))
        make_directory(directory);
    if (!OK(!apply(builder, &options, directory, result ? result : &unused,
                   &err),
            "layer_apply() applies %s", what))
        tap_note("%s", ch_error_text(&err));
    OK(open_descriptors() == before,
       "layer_apply() leaves no descriptor open, %s", what);
    ch_error_clear(&err);
}

bool has_whiteout(const char *path)
{
    struct stat st;

    return look_at(path, &st) && is_whiteout(&st);
}

bool has_opaque_mark(const char *path)
{
    CLEANUP_CLOSE int fd =
        open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd >= 0 && directory_is_opaque(fd);
}

bool xattrs_work(void)
{
    return !setxattr(".", "user.charliecloud.test", "", 0, 0);
}
