#include "config.h"

#include "run/settings_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "core/json_text.h"
#include "run/bind_text.h"
#include "run/further.h"
#include "run/setting.h"

/* What is printed, and how. */
struct printer {
    const struct plan *plan;
    struct buffer text;
    bool is_json;
    bool is_first; /* of a JSON array */
};

/* Where comments begin, if the line is not longer. */
#define COMMENT_COLUMN 40

static void printer_release(struct printer *printer)
{
    buffer_release(&printer->text);
}

#define CLEANUP_PRINTER __attribute__((cleanup(printer_release)))

/* A file would take " #" for a comment. */
static int append_value(struct buffer *buffer, const char *value)
{
    for (const char *at = value; *at; at++) {
        if (*at == '#' && (at == value || at[-1] == ' ' || at[-1] == '\t') &&
            buffer_append(buffer, "\\", 1) < 0)
            return -1;
        if (buffer_append(buffer, at, 1) < 0)
            return -1;
    }
    return 0;
}

static int add_text(struct buffer *text, const char *key, const char *value,
                    const struct origin *origin)
{
    CLEANUP_FREE char *from = origin_text(origin);
    size_t start = text->length;
    int width;

    if (!from ||
        buffer_printf(text, "%s%s =%s", origin->fixed ? "fixed " : "", key,
                      *value ? " " : "") < 0 ||
        append_value(text, value) < 0)
        return -1;
    width = COMMENT_COLUMN - (int)(text->length - start);
    return buffer_printf(text, "%*s # %s\n", width > 0 ? width : 0, "", from);
}

static int add_json(struct printer *printer, const char *key, const char *value,
                    const struct origin *origin)
{
    struct buffer *text = &printer->text;

    if (buffer_printf(text,
                      "%s\n    {\"key\": ", printer->is_first ? "" : ",") < 0 ||
        json_text_string(text, key) < 0 ||
        buffer_printf(text, ", \"value\": ") < 0 ||
        json_text_string(text, value) < 0 ||
        buffer_printf(text, ", \"fixed\": %s, \"origin\": ",
                      origin->fixed ? "true" : "false") < 0 ||
        origin_json(text, origin) < 0)
        return -1;
    printer->is_first = false;
    return buffer_printf(text, "}");
}

static int add(struct printer *printer, const char *key, const char *value,
               const struct origin *origin)
{
    if (!value)
        return -1;
    return printer->is_json ? add_json(printer, key, value, origin)
                            : add_text(&printer->text, key, value, origin);
}

static int add_bind(struct printer *printer, const struct bind *bind)
{
    CLEANUP_FREE char *text = bind_text_of(bind);

    return add(printer, bind->required ? "bind" : "optional-bind", text,
               &bind->origin);
}

static int add_change(struct printer *printer,
                      const struct environment_change *change)
{
    static const char *const KEYS[] = {
        [ENVIRONMENT_SET] = "set-env",
        [ENVIRONMENT_SET_FILE] = "set-env",
        [ENVIRONMENT_SET_FILE0] = "set-env0",
        [ENVIRONMENT_SET_IMAGE] = "set-env",
        [ENVIRONMENT_UNSET] = "unset-env",
    };

    return add(printer, KEYS[change->action],
               change->argument ? change->argument : "/ch/environment",
               &change->origin);
}

static int add_scalars(struct printer *printer)
{
    const struct plan *plan = printer->plan;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &SETTINGS[i];
        CLEANUP_FREE char *value = NULL;

        if (setting->kind == SETTING_LIST)
            continue;
        value = setting_show(plan, setting);
        if (add(printer, setting->key, value, &plan->settings.origins[i]) < 0)
            return -1;
    }
    return 0;
}

static int add_devices(struct printer *printer)
{
    const struct plan *plan = printer->plan;

    for (size_t i = 0; i < plan->cdi_request_count; i++) {
        const struct cdi_request *request = &plan->cdi_requests[i];

        if (add(printer, request->required ? "cdi" : "optional-cdi",
                setting_text_of_cdi(request), &request->origin) < 0)
            return -1;
    }
    return 0;
}

static int add_values(struct printer *printer)
{
    const struct plan *plan = printer->plan;

    if (add_scalars(printer) < 0)
        return -1;
    for (size_t i = 0; i < plan->further_count; i++)
        if (add(printer, "lower", plan->further[i].path,
                &plan->further[i].origin) < 0)
            return -1;
    if (add_devices(printer) < 0)
        return -1;
    for (size_t i = 0; i < plan->bind_count; i++)
        if (add_bind(printer, &plan->binds[i]) < 0)
            return -1;
    for (size_t i = 0; i < plan->environment_count; i++)
        if (add_change(printer, &plan->environment[i]) < 0)
            return -1;
    return 0;
}

/* "read", "not there", or why a file that is there is left out. */
static const char *state_of(const struct settings_file *file)
{
    return file->is_read ? "read" : file->reason ? file->reason : "not there";
}

static int add_file(struct printer *printer, const struct settings_file *file)
{
    struct buffer *text = &printer->text;

    if (!printer->is_json)
        return buffer_printf(text, "# %s: %s\n", file->path, state_of(file));
    if (buffer_printf(
            text, "%s\n    {\"path\": ", printer->is_first ? "" : ",") < 0 ||
        json_text_string(text, file->path) < 0 ||
        buffer_printf(text, ", \"state\": ") < 0 ||
        json_text_string(text, state_of(file)) < 0)
        return -1;
    printer->is_first = false;
    return buffer_printf(text, "}");
}

static int add_files(struct printer *printer)
{
    const struct settings *settings = &printer->plan->settings;

    for (size_t i = 0; i < settings->file_count; i++)
        if (add_file(printer, &settings->files[i]) < 0)
            return -1;
    return 0;
}

/* A JSON array, or the same as lines. */
static int add_all(struct printer *printer, const char *name,
                   int (*add_each)(struct printer *))
{
    struct buffer *text = &printer->text;

    if (!printer->is_json)
        return add_each(printer);
    printer->is_first = true;
    if (buffer_printf(text, "  \"%s\": [", name) < 0 || add_each(printer) < 0)
        return -1;
    return buffer_printf(text, "\n  ]");
}

static int print_all(struct printer *printer)
{
    bool is_json = printer->is_json;

    if ((is_json && buffer_printf(&printer->text, "{\n") < 0) ||
        add_all(printer, "files", add_files) < 0 ||
        buffer_printf(&printer->text, is_json ? ",\n" : "\n") < 0 ||
        add_all(printer, "values", add_values) < 0)
        return -1;
    return is_json ? buffer_printf(&printer->text, "\n}\n") : 0;
}

int settings_print(const struct plan *plan, bool is_json, struct ch_error *err)
{
    CLEANUP_PRINTER struct printer printer = {.plan = plan, .is_json = is_json};

    if (print_all(&printer) < 0)
        return ch_error_set(err, ENOMEM, "cannot print the configuration");
    if (file_write_all(STDOUT_FILENO, printer.text.data, printer.text.length) <
        0)
        return ch_error_set(err, errno, "cannot print the configuration");
    return 0;
}
