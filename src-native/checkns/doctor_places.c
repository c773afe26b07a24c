/* File systems: what images and temporary files lie on, and which configuration
   files there are. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "checkns/doctor_facts.h"
#include "core/cleanup.h"
#include "run/mount.h"
#include "run/option_handlers.h"
#include "run/plan.h"
#include "run/storage.h"

#define GIBIBYTE ((double)(1 << 30))

/* Of a path that is there. */
static int add_file_system(struct buffer *report, const char *label, int fd)
{
    CLEANUP_FREE char *type = mount_type(fd);
    struct statvfs info;

    if (fstatvfs(fd, &info) < 0)
        return buffer_printf(report, "file system of %s: %s\n", label,
                             strerror(errno));
    return buffer_printf(
        report, "file system of %s: %s%s%s%s%s, %.1f GiB free\n", label,
        type ? type : "unknown", info.f_flag & ST_RDONLY ? ", ro" : "",
        info.f_flag & ST_NOSUID ? ", nosuid" : "",
        info.f_flag & ST_NODEV ? ", nodev" : "",
        info.f_flag & ST_NOEXEC ? ", noexec" : "",
        (double)info.f_bavail * (double)info.f_frsize / GIBIBYTE);
}

static int add_place(struct buffer *report, const char *label, const char *path)
{
    CLEANUP_CLOSE int fd =
        path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (!path)
        return buffer_printf(report, "file system of %s: not set\n", label);
    if (fd < 0)
        return buffer_printf(report, "file system of %s: %s\n", label,
                             strerror(errno));
    return add_file_system(report, label, fd);
}

static int add_configuration(struct buffer *report, const struct plan *plan,
                             const struct ch_error *err)
{
    for (size_t i = 0; i < plan->settings.file_count; i++) {
        const struct settings_file *file = &plan->settings.files[i];

        if (buffer_printf(report, "configuration: %s: %s\n", file->path,
                          file->is_read  ? "read"
                          : file->reason ? file->reason
                                         : "not there") < 0)
            return -1;
    }
    return err->message ? buffer_printf(report, "configuration: error: %s\n",
                                        err->message)
                        : 0;
}

/* The storage directory as ch-run would choose it. */
static int add_configured(struct buffer *report)
{
    struct ch_error err = CH_ERROR_INIT;
    struct plan plan;
    struct options_result result = {0};
    struct parse parse = {&plan, &result, &err};
    CLEANUP_FREE char *storage = NULL;
    int status;

    plan_init(&plan);
    if (settings_read(&parse) < 0 && !err.message)
        err.message = strdup("out of memory");
    storage = plan.storage ? strdup(plan.storage) : storage_default_path();
    status = add_configuration(report, &plan, &err);
    ch_error_clear(&err);
    plan_release(&plan);
    return status < 0 ? -1
                      : add_place(report, "the storage directory", storage);
}

int doctor_places(struct buffer *report)
{
    static const char *const PLACES[] = {"/", "/tmp", "/var/tmp", "/dev/shm"};

    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++)
        if (add_place(report, PLACES[i], PLACES[i]) < 0)
            return -1;
    if (add_place(report, "$TMPDIR", getenv("TMPDIR")) < 0 ||
        add_place(report, "the home directory", getenv("HOME")) < 0 ||
        add_place(report, "the working directory", ".") < 0)
        return -1;
    return add_configured(report);
}
