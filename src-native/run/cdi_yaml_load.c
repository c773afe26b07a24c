#include "config.h"

#include <dlfcn.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/cdi_yaml.h"
#include "run/engine_path.h"

bool cdi_yaml_is_available(void)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *path = engine_path(CDI_YAML_FILE, &err);

    ch_error_clear(&err); /* not to be found is an answer, too */
    return path && access(path, F_OK) == 0;
}

static const struct cdi_yaml_parser *load(const char *path,
                                          struct ch_error *err)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct cdi_yaml_parser *parser =
        object ? dlsym(object, CDI_YAML_SYMBOL) : NULL;

    if (!parser)
        ch_error_set(err, 0, "cannot load the reader of YAML: %s", dlerror());
    else if (parser->abi != CDI_YAML_ABI)
        ch_error_set(err, 0,
                     "the reader of YAML \"%s\" is of another Charliecloud "
                     "release",
                     path);
    else
        return parser;
    return NULL;
}

struct json *cdi_yaml_parse(const char *text, size_t length,
                            struct ch_error *err)
{
    CLEANUP_FREE char *path = engine_path(CDI_YAML_FILE, err);
    const struct cdi_yaml_parser *parser;

    if (!path)
        return NULL;
    if (access(path, F_OK) < 0) {
        ch_error_set(err, 0, "this ch-run was built without YAML");
        ch_error_hint(err, "make the specification again as JSON (NVIDIA: "
                           "nvidia-ctk cdi generate --format=json), or have "
                           "the admin build Charliecloud with libyaml");
        return NULL;
    }
    parser = load(path, err);
    return parser ? parser->parse(text, length, err) : NULL;
}
