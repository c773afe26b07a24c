#include "config.h"

#include "run/services.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "run/further.h"
#include "run/join.h"

static void add(struct services *services, const struct plan *plan)
{
    services->list[services->count++] =
        (struct service_of_image){.plan = plan, .squash = {.socket = -1}};
}

static int list_images(const struct plan *plan, struct services *services,
                       struct ch_error *err)
{
    bool has_own = plan->image_type == IMAGE_SQUASHFS;

    if (!has_own && !plan->further_count)
        return 0;
    services->list =
        calloc(has_own + plan->further_count, sizeof(*services->list));
    if (!services->list)
        return ch_error_set(err, errno, "cannot start the SquashFS service");
    if (has_own)
        add(services, plan);
    for (size_t i = 0; i < plan->further_count; i++)
        if (plan->further[i].plan.image_type == IMAGE_SQUASHFS)
            add(services, &plan->further[i].plan);
    return 0;
}

int services_start(const struct plan *plan, struct services *services,
                   struct ch_error *err)
{
    if (list_images(plan, services, err) < 0)
        return -1;
    for (size_t i = 0; i < services->count && !services_are_joined(services);
         i++) {
        struct service_of_image *service = &services->list[i];

        if (squash_start(service->plan, i == 0, &service->squash, err) < 0)
            return -1;
        if (service->squash.is_server) {
            services->server = service;
            return 0;
        }
    }
    return 0;
}

bool services_are_joined(const struct services *services)
{
    return services->count &&
           services->list[0].squash.share.role == SHARE_JOINED;
}

bool services_have_failed(const struct services *services)
{
    for (size_t i = 0; i < services->count; i++)
        if (services->list[i].squash.failed)
            return true;
    return false;
}

int services_mount(struct services *services, const char *place,
                   struct ch_error *err)
{
    /* The leader comes last: then others may join, and we leave the mount
       namespace that is theirs. */
    for (size_t i = services->count; i-- > 0;) {
        struct service_of_image *service = &services->list[i];
        CLEANUP_FREE char *path = NULL;

        log_debug(&service->plan->log, "mounting: %s", service->plan->image);
        if (services_are_joined(services))
            continue;
        if (asprintf(&path, "%s%zu", place, i) < 0) {
            path = NULL;
            return ch_error_set(err, ENOMEM, "cannot mount an image");
        }
        if (squash_mount(service->plan, &service->squash, path, err) < 0)
            return -1;
    }
    return 0;
}

bool services_are_shared(const struct services *services)
{
    return join_is_kept(&services->peers) ||
           (services->count && squash_is_shared(&services->list[0].squash));
}

void services_settle(struct services *services, int fd)
{
    if (services->count && squash_is_shared(&services->list[0].squash))
        squash_settle(services->list[0].plan, &services->list[0].squash, fd);
    if (join_is_kept(&services->peers))
        join_settle(&services->peers, fd);
}

void services_release(struct services *services)
{
    for (size_t i = 0; i < services->count; i++) {
        cleanup_close(&services->list[i].squash.socket);
        free(services->list[i].squash.share.key);
    }
    free(services->list);
    join_release(&services->peers);
}
