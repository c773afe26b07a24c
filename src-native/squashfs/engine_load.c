#include "config.h"

#include "squashfs/engine_load.h"

#include <dlfcn.h>
#include <stdio.h>

#include "core/squashfs_super.h"

void engine_name_builtin(unsigned compressor, char name[ENGINE_NAME_SIZE])
{
    snprintf(name, ENGINE_NAME_SIZE, SQUASHFS_ENGINE_BUILTIN,
             squashfs_compressor_name(compressor));
}

const struct squashfs_engine *engine_load_file(const char *path,
                                               struct ch_error *err)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct squashfs_engine *engine =
        object ? dlsym(object, SQUASHFS_ENGINE_SYMBOL) : NULL;

    if (!engine) {
        ch_error_set(err, 0, "cannot load the SquashFS engine: %s", dlerror());
        return NULL;
    }
    if (engine->abi != SQUASHFS_ENGINE_ABI) {
        ch_error_set(err, 0,
                     "the SquashFS engine \"%s\" is of another "
                     "Charliecloud release",
                     path);
        return NULL;
    }
    return engine;
}
