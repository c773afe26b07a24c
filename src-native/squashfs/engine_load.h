/* Opening an engine's shared object. */

#ifndef CH_ENGINE_LOAD_H
#define CH_ENGINE_LOAD_H

#include "squashfs/engine.h"

/* Longer than the name of any engine's file. */
#define ENGINE_NAME_SIZE 64

/* Write the name of the file of our own engine for a compressor, by its number
   in a superblock that has been checked. */
void engine_name_builtin(unsigned compressor, char name[ENGINE_NAME_SIZE]);

/* Load the engine in the file `path`. It stays loaded. NULL on error. */
const struct squashfs_engine *engine_load_file(const char *path,
                                               struct ch_error *err);

#endif
