/* Carrying out what CDI devices need, in the order of ch-run's own steps. With
   no devices (plan->cdi is NULL) none of this does anything. */

#ifndef CH_CDI_ENTER_H
#define CH_CDI_ENTER_H

#include "run/bind.h"
#include "run/plan.h"

/* Sets `*needed` if the image below `root_fd` must be written to. */
int cdi_find_overlay(const struct plan *plan, int root_fd, bool *needed,
                     struct ch_error *err);

/* Before an overlay is mounted (overlay_claim.h): see to it that all of it can
   be done. */
int cdi_claim(const struct plan *plan, int lower_fd, int upper_fd,
              struct ch_error *err);

/* From the outer namespaces, before the root is entered: mounts, links and
   modes below it. */
int cdi_mount(const struct plan *plan, const struct bind_root *root,
              struct ch_error *err);

/* As root of the outer namespaces, in the container: the cache of libraries. */
int cdi_finish(const struct plan *plan, struct ch_error *err);

/* Set the variables. */
int cdi_set_environment(const struct plan *plan, struct ch_error *err);

#endif
