/* The settings: values that configuration files, the environment and options
   give, under a key each (setting.def). */

#ifndef CH_SETTING_H
#define CH_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "run/option_handlers.h"
#include "run/setting_expand.h"

enum setting_kind { SETTING_SWITCH, SETTING_VALUE, SETTING_LIST };

struct setting {
    const char *key;
    enum setting_kind kind;
    size_t member;                          /* SETTING_SWITCH: of the plan */
    option_handler *handle;                 /* else */
    char *(*show)(const struct plan *plan); /* SETTING_VALUE: heap */
    enum expansion expansion;
    const char *option; /* which sets it, too; or NULL */
};

extern const struct setting SETTINGS[SETTING_COUNT];

/* The setting of that key; NULL: there is none. */
const struct setting *setting_find(const char *key);

/* Its number in SETTINGS, and in the plan's origins. */
size_t setting_index(const struct setting *setting);

/* Put a value into the plan, which the plan then owns where it has to outlive
   `value`. It came from the plan's `origin`. */
int setting_set(struct parse *parse, const struct setting *setting,
                const char *value);

/* What a setting that is no list is, in the form in which it is set. Heap, the
   caller frees; NULL: no memory. */
char *setting_show(const struct plan *plan, const struct setting *setting);

/* Take an empty value: a list forgets what is neither fixed nor of the command
   line, and some values are nothing then. */
int setting_forget(struct parse *parse, const struct setting *setting);

/* Handlers of settings that are no options, or not quite. */
option_handler setting_cdi, setting_cdi_dirs, setting_fuse_cache,
    setting_fuse_threads, setting_isolate, setting_lower, setting_optional_bind,
    setting_optional_cdi, setting_overlay_size, setting_set_env,
    setting_set_env0, setting_squashfs_engine, setting_unset_env;

typedef char *setting_show_function(const struct plan *plan);
setting_show_function setting_show_cdi_dirs, setting_show_color,
    setting_show_engine, setting_show_fuse_cache, setting_show_fuse_linger,
    setting_show_fuse_threads, setting_show_isolate, setting_show_overlay,
    setting_show_overlay_size, setting_show_storage;

/* A request for CDI devices as it is in a file. */
const char *setting_text_of_cdi(const struct cdi_request *request);

#endif
