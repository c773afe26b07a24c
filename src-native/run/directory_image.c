/* A directory may hold an image without being one: an OCI layout has layers as
   archives, a bundle of OCI runtimes has its root below, and a layer of our
   storage belongs to several images, which a write would damage.

   An ordinary image costs one system call here. */

#include "config.h"

#include "run/directory_image.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

/* Without memory nothing is known to be there; what follows will say so. */
static bool has_entry(const char *directory, const char *name)
{
    CLEANUP_FREE char *path = NULL;

    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        path = NULL;
        return false;
    }
    return access(path, F_OK) == 0;
}

/* Storage is an OCI layout with layers beside it: STORAGE/layers/ID. */
static bool is_layer(const char *image)
{
    CLEANUP_FREE char *storage = strdup(image);
    char *slash = storage ? strrchr(storage, '/') : NULL;

    if (!slash)
        return false;
    *slash = '\0';
    slash = strrchr(storage, '/');
    if (!slash || strcmp(slash, "/layers") != 0)
        return false;
    *slash = '\0';
    return has_entry(storage, "oci-layout");
}

static int refuse_layer(const char *path, struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot run image \"%s\": it is a layer in storage, which "
                 "images share",
                 path);
    return ch_error_hint(err, "run an image by its name: \"ch-image list\" "
                              "shows them");
}

static int refuse_layout(const char *path, struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot run image \"%s\": it is an OCI layout, not a root "
                 "file system",
                 path);
    return ch_error_hint(err, "convert it first: ch-convert %s IMAGE.sqfs",
                         path);
}

static int refuse_bundle(const char *path, struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot run image \"%s\": it is a bundle for OCI runtimes, "
                 "not a root file system",
                 path);
    return ch_error_hint(err, "its root file system is \"%s/rootfs\"", path);
}

int directory_image_check(const struct plan *plan, struct ch_error *err)
{
    if (is_layer(plan->image))
        return refuse_layer(plan->image_path, err);
    /* What has no /usr may still be an image. */
    if (has_entry(plan->image, "usr"))
        return 0;
    if (has_entry(plan->image, "oci-layout") &&
        has_entry(plan->image, "index.json"))
        return refuse_layout(plan->image_path, err);
    if (has_entry(plan->image, "rootfs") &&
        has_entry(plan->image, "config.json"))
        return refuse_bundle(plan->image_path, err);
    return 0;
}
