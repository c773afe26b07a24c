#include "config.h"

#include "run/further.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "run/fallback.h"
#include "run/stored_image.h"

static int add(struct plan *plan, enum further_use use, const char *path,
               const struct origin *origin, struct ch_error *err)
{
    struct further_image *grown = reallocarray(
        plan->further, plan->further_count + 1, sizeof(*plan->further));

    if (!grown)
        return ch_error_set(err, errno, "cannot note image \"%s\"", path);
    plan->further = grown;
    grown[plan->further_count++] = (struct further_image){
        .use = use, .path = path, .origin = *origin, .plan = {.image_fd = -1}};
    return 0;
}

int further_add_lower(struct plan *plan, const char *path, struct ch_error *err)
{
    return add(plan, FURTHER_BELOW, path, &plan->origin, err);
}

void further_forget(struct plan *plan,
                    bool (*is_forgotten)(const struct origin *))
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->further_count; i++)
        if (!is_forgotten(&plan->further[i].origin))
            plan->further[kept++] = plan->further[i];
    plan->further_count = kept;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_bound_image(const struct bind *bind)
{
    struct ch_error ignored = CH_ERROR_INIT;
    enum image_type type;
    struct stat st;

    if (!bind->destination ||
        !strcmp(last_name(bind->source), last_name(bind->destination)) ||
        stat(bind->source, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    if (image_probe_path(bind->source, &type, &ignored) < 0) {
        ch_error_clear(&ignored); /* a file that is not ours to read */
        return false;
    }
    return type == IMAGE_SQUASHFS;
}

static int find_bound_images(struct plan *plan, struct ch_error *err)
{
    for (size_t i = 0; i < plan->bind_count; i++) {
        struct bind *bind = &plan->binds[i];

        if (!is_bound_image(bind))
            continue;
        if (add(plan, FURTHER_BOUND, bind->source, &bind->origin, err) < 0)
            return -1;
        bind->image = plan->further_count;
        bind->read_only = true; /* where it is unpacked, too */
    }
    return 0;
}

static int complete(const struct plan *plan, struct further_image *image,
                    struct ch_error *err)
{
    image->plan = *plan;
    image->plan.image_path = image->path;
    image->plan.image = NULL;
    image->plan.layers = NULL;
    image->plan.layer_count = 0;
    image->plan.image_fd = -1;
    image->plan.image_offset = 0;
    image->plan.has_offset = false;
    image->plan.mount_point = NULL;
    image->plan.record = NULL;
    image->plan.stats = false;
    image->plan.write = false;
    if (plan_find_image(&image->plan, err) < 0)
        return -1;
    if (image->use == FURTHER_BELOW && !strcmp(image->plan.image, "/"))
        return ch_error_set(err, 0,
                            "cannot use the host's root directory with "
                            "--lower: other file systems are mounted in it");
    return 0;
}

int further_complete(struct plan *plan, struct ch_error *err)
{
    if (find_bound_images(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->further_count; i++)
        if (complete(plan, &plan->further[i], err) < 0)
            return origin_blame(&plan->further[i].origin, err);
    return 0;
}

int further_unpack(struct plan *plan, const char *reason, struct ch_error *err)
{
    for (size_t i = 0; i < plan->further_count; i++) {
        struct plan *other = &plan->further[i].plan;

        if (other->image_type == IMAGE_SQUASHFS &&
            fallback_unpack(other, reason, err) < 0)
            return -1;
    }
    return 0;
}

size_t further_count_below(const struct plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->further_count; i++)
        count += plan->further[i].use == FURTHER_BELOW;
    return count;
}

void further_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->further_count; i++) {
        struct plan *other = &plan->further[i].plan;

        if (other->storage != plan->storage)
            free(other->storage);
        stored_image_release(other);
        free(other->image);
        cleanup_close(&other->image_fd);
    }
    free(plan->further);
}
