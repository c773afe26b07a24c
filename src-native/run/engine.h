/* Which engine serves an image (squashfs/engine.h), and how. Our own is taken
   where it was built for the image's compressor, libsquashfuse_ll otherwise;
   --squashfs-engine chooses. */

#ifndef CH_RUN_ENGINE_H
#define CH_RUN_ENGINE_H

#include "run/plan.h"
#include "squashfs/engine.h"

/* Load the engine for the plan's image. It stays loaded. NULL on error. */
const struct squashfs_engine *engine_load(const struct plan *plan,
                                          struct ch_error *err);

/* Told of damage: see squashfs_settings. */
typedef void engine_report(void *context, const char *text);

/* Say at -v if the image is served by the second engine for want of the first.
   By ch-run: a server that is shared has nobody's standard error. */
void engine_tell_choice(const struct plan *plan);

/* Open the plan's image with it, as the plan says. NULL on error. */
struct squashfs_image *engine_open(const struct squashfs_engine *engine,
                                   const struct plan *plan,
                                   engine_report *report, void *context,
                                   struct ch_error *err);

/* Whether an engine may have to say something on standard error: damage at -v,
   figures. */
bool engine_speaks(const struct plan *plan);

/* --stats: at the end of serving. */
void engine_tell_figures(const struct squashfs_engine *engine,
                         const struct squashfs_image *image,
                         const struct plan *plan);

#endif
