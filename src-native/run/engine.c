#include "config.h"

#include "run/engine.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/engine_path.h"
#include "run/record_file.h"
#include "squashfs/engine_load.h"

static char *builtin_path(const struct plan *plan, struct ch_error *err)
{
    char file[ENGINE_NAME_SIZE];

    engine_name_builtin(plan->super.compressor, file);
    return engine_path(file, err);
}

static const struct squashfs_engine *
refuse_absent(const struct plan *plan, const char *engine, struct ch_error *err)
{
    ch_error_set(err, 0,
                 "this ch-run was built without the SquashFS engine "
                 "\"%s\" for images that are compressed with %s",
                 engine, squashfs_compressor_name(plan->super.compressor));
    ch_error_hint(err, "make the image again with another compressor, or have "
                       "the admin build Charliecloud with this one");
    return NULL;
}

const struct squashfs_engine *engine_load(const struct plan *plan,
                                          struct ch_error *err)
{
    CLEANUP_FREE char *builtin = builtin_path(plan, err);
    CLEANUP_FREE char *squashfuse =
        builtin ? engine_path(SQUASHFS_ENGINE_SQUASHFUSE, err) : NULL;

    if (!squashfuse)
        return NULL;
    if (plan->engine != ENGINE_SQUASHFUSE && access(builtin, F_OK) == 0)
        return engine_load_file(builtin, err);
    if (plan->engine == ENGINE_BUILTIN)
        return refuse_absent(plan, "builtin", err);
    if (access(squashfuse, F_OK) < 0)
        return refuse_absent(plan, "squashfuse", err);
    return engine_load_file(squashfuse, err);
}

void engine_tell_choice(const struct plan *plan)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *builtin = NULL;

    if (plan->engine != ENGINE_ANY || !log_shows(&plan->log, LOG_LEVEL_INFO))
        return;
    builtin = builtin_path(plan, &err);
    if (builtin && access(builtin, F_OK) < 0)
        log_info(&plan->log,
                 "image is compressed with %s, which our SquashFS engine was "
                 "built without: served by libsquashfuse",
                 squashfs_compressor_name(plan->super.compressor));
    ch_error_clear(&err); /* the server meets the same, and reports it */
}

static void record_first_read(void *context, const char *path)
{
    record_file_add(context, path);
}

struct squashfs_image *engine_open(const struct squashfs_engine *engine,
                                   const struct plan *plan,
                                   engine_report *report, void *context,
                                   struct ch_error *err)
{
    const struct squashfs_settings settings = {
        .cache_size = plan->fuse_cache,
        .threads = plan->fuse_threads,
        .report = report,
        .context = context,
        .first_read = plan->record ? record_first_read : NULL,
        .first_read_context = (void *)plan,
    };
    const struct squashfs_place place = {plan->image_fd, plan->image_offset};

    return engine->open(&place, &settings, err);
}

bool engine_speaks(const struct plan *plan)
{
    return plan->stats || log_shows(&plan->log, LOG_LEVEL_INFO);
}

static void print_figure(void *context, const char *name, uint64_t value)
{
    const struct plan *plan = context;

    log_result(&plan->log, "statistics: %s: %" PRIu64, name, value);
}

void engine_tell_figures(const struct squashfs_engine *engine,
                         const struct squashfs_image *image,
                         const struct plan *plan)
{
    struct rusage usage;

    if (!plan->stats)
        return;
    if (engine->tell_figures)
        engine->tell_figures(image, print_figure, (void *)plan);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        print_figure((void *)plan, "peak memory, KiB",
                     (uint64_t)usage.ru_maxrss);
}
