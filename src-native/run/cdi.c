/* Which devices are meant: by name, all of a kind, or all. */

#include "config.h"

#include "run/cdi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/cdi_edits.h"
#include "run/cdi_schema.h"
#include "run/cdi_text.h"

/* By convention, the device that is all of a kind together. */
#define ALL "all"

/* So many devices are named where one is not found. */
#define NAMED_MAX 8

struct search {
    const struct plan *plan;
    const char *directories;
    bool required; /* what is not there is an error */
    struct cdi *cdi;
    struct ch_error *err;
};

bool cdi_is_request(const char *text)
{
    size_t length;

    return cdi_text_is_kind(text) || cdi_text_is_device(text, &length);
}

static const char *kind_of(const struct cdi_spec *spec)
{
    return cdi_schema_text(spec->json, "kind");
}

static const struct json *find_device(const struct cdi_spec *spec,
                                      const char *kind, const char *name)
{
    if (strcmp(kind_of(spec), kind) != 0)
        return NULL;
    for (const struct json *device = cdi_schema_first(spec->json, "devices");
         device; device = device->next)
        if (!strcmp(cdi_schema_text(device, "name"), name))
            return device;
    return NULL;
}

/* --- absence ----------------------------------------------------------------
 */

/* Name what there is instead. */
static int hint_devices(struct search *search)
{
    CLEANUP_BUFFER struct buffer names = {0};
    const struct cdi_files *files = &search->cdi->files;
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++) {
        const struct json *device =
            cdi_schema_first(files->specs[i].json, "devices");

        for (; device && count < NAMED_MAX; device = device->next)
            if (buffer_printf(&names, "%s%s=%s", count++ ? ", " : "",
                              kind_of(&files->specs[i]),
                              cdi_schema_text(device, "name")) < 0)
                return -1; /* the error without a hint */
    }
    return ch_error_hint(search->err, "there are: %s", names.data);
}

/* What was asked for is not there. If a file was no good, that is why. */
static int refuse_absent(struct search *search, const char *request)
{
    struct cdi_files *files = &search->cdi->files;
    const char *quote = *request ? "\"" : "";

    if (!search->required) {
        log_info(&search->plan->log, "no CDI device%s%s%s%s here",
                 *request ? " " : "s", quote, request, quote);
        return 0;
    }
    if (files->skipped) {
        *search->err = files->error;
        files->error = (struct ch_error)CH_ERROR_INIT;
        return -1;
    }
    ch_error_set(search->err, 0, "cannot find CDI device%s%s%s%s: %s \"%s\"",
                 *request ? " " : "s", quote, request, quote,
                 files->count ? "it is in no specification in"
                              : "there is no specification in",
                 search->directories);
    if (files->count)
        return hint_devices(search);
    return ch_error_hint(search->err,
                         "--cdi-dirs names other directories; the admin can "
                         "have a specification made (NVIDIA: nvidia-ctk cdi "
                         "generate --output=/etc/cdi/nvidia.yaml)");
}

/* --- one device -------------------------------------------------------------
 */

static int refuse_conflict(struct search *search, const char *kind,
                           const char *name, const struct cdi_spec *one,
                           const struct cdi_spec *other)
{
    ch_error_set(search->err, 0,
                 "CDI device \"%s=%s\" is in two specifications, \"%s\" and "
                 "\"%s\"",
                 kind, name, one->file, other->file);
    return ch_error_hint(search->err,
                         "the admin can remove one, or move it to a later "
                         "directory, whose specifications win");
}

/* The specification that the device is to be taken from: of the last directory
   that has it. `*found` is NULL if none has. */
static int find_spec(struct search *search, const char *kind, const char *name,
                     struct cdi_spec **found)
{
    struct cdi_files *files = &search->cdi->files;

    *found = NULL;
    for (size_t i = files->count; i-- > 0;) {
        struct cdi_spec *spec = &files->specs[i];

        if (*found && spec->directory != (*found)->directory)
            break;
        if (!find_device(spec, kind, name))
            continue;
        if (*found)
            return refuse_conflict(search, kind, name, spec, *found);
        *found = spec;
    }
    return 0;
}

/* Take what a specification says of one device and, the first time, of all. */
static int add_device(struct search *search, const char *request,
                      const char *kind, const char *name)
{
    struct cdi_edits *edits = &search->cdi->edits;
    const struct log *log = &search->plan->log;
    struct cdi_spec *spec;
    const struct json *device;
    int added = 0;

    if (find_spec(search, kind, name, &spec) < 0)
        return -1;
    if (!spec)
        return refuse_absent(search, request);
    device = find_device(spec, kind, name);
    log_info(log, "CDI device \"%s=%s\" of \"%s\"", kind, name, spec->file);
    if (!spec->is_used)
        added = cdi_edits_add(log, spec->file,
                              cdi_schema_field(spec->json, "containerEdits"),
                              edits, search->err);
    spec->is_used = true;
    if (added == 0)
        added = cdi_edits_add(log, spec->file,
                              cdi_schema_field(device, "containerEdits"), edits,
                              search->err);
    if (added == 0)
        return 0;
    ch_error_wrap(search->err, "cannot use CDI device \"%s=%s\" of \"%s\"",
                  kind, name, spec->file);
    return -1;
}

/* --- several ----------------------------------------------------------------
 */

/* Whether an earlier specification has the device, too: it is looked for once,
   and then in all of them. */
static bool is_in_earlier(const struct cdi_files *files, size_t before,
                          const char *kind, const char *name)
{
    for (size_t i = 0; i < before; i++)
        if (find_device(&files->specs[i], kind, name))
            return true;
    return false;
}

static int add_each(struct search *search, const char *kind)
{
    const struct cdi_files *files = &search->cdi->files;

    for (size_t i = 0; i < files->count; i++) {
        const struct json *device =
            strcmp(kind_of(&files->specs[i]), kind) != 0
                ? NULL
                : cdi_schema_first(files->specs[i].json, "devices");

        for (; device; device = device->next) {
            const char *name = cdi_schema_text(device, "name");

            if (!is_in_earlier(files, i, kind, name) &&
                add_device(search, kind, kind, name) < 0)
                return -1;
        }
    }
    return 0;
}

static int add_kind(struct search *search, const char *kind)
{
    const struct cdi_files *files = &search->cdi->files;
    bool is_known = false;

    for (size_t i = 0; i < files->count; i++) {
        is_known = is_known || !strcmp(kind_of(&files->specs[i]), kind);
        if (find_device(&files->specs[i], kind, ALL))
            return add_device(search, kind, kind, ALL);
    }
    return is_known ? add_each(search, kind) : refuse_absent(search, kind);
}

/* Each kind once, at the first specification of it. A file that is no good was
   meant, too. */
static int add_all(struct search *search)
{
    const struct cdi_files *files = &search->cdi->files;

    if (!files->count || files->skipped)
        return refuse_absent(search, "");
    for (size_t i = 0; i < files->count; i++) {
        const char *kind = kind_of(&files->specs[i]);
        bool is_first = true;

        for (size_t j = 0; j < i; j++)
            is_first = is_first && strcmp(kind_of(&files->specs[j]), kind) != 0;
        if (is_first && add_kind(search, kind) < 0)
            return -1;
    }
    return 0;
}

static int add_request(struct search *search, const char *request)
{
    CLEANUP_FREE char *kind = NULL;
    size_t length;

    if (!request)
        return add_all(search);
    if (!cdi_text_is_device(request, &length))
        return add_kind(search, request);
    kind = strndup(request, length);
    if (!kind)
        return ch_error_set(search->err, errno, "cannot find CDI device \"%s\"",
                            request);
    return add_device(search, request, kind, request + length + 1);
}

/* --- all together -----------------------------------------------------------
 */

int cdi_load(struct plan *plan, struct ch_error *err)
{
    struct search search = {.plan = plan, .err = err};

    if (!plan->cdi_request_count)
        return 0;
    search.directories = plan->cdi_dirs ? plan->cdi_dirs : CDI_DIRECTORIES;
    plan->cdi = calloc(1, sizeof(*plan->cdi));
    if (!plan->cdi)
        return ch_error_set(err, errno, "cannot look for CDI devices");
    search.cdi = plan->cdi;
    /* What --cdi-dirs names must be there; other settings are for many
       machines, with and without devices. */
    if (cdi_files_read(&plan->log, search.directories,
                       settings_is_asked_for(plan, "cdi-dirs"),
                       &plan->cdi->files, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->cdi_request_count; i++) {
        search.required = plan->cdi_requests[i].required;
        if (add_request(&search, plan->cdi_requests[i].text) < 0)
            return origin_blame(&plan->cdi_requests[i].origin, err);
    }
    return 0;
}

void cdi_free(struct cdi *cdi)
{
    if (!cdi)
        return;
    cdi_edits_release(&cdi->edits);
    cdi_files_release(&cdi->files);
    free(cdi);
}
