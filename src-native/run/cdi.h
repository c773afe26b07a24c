/* Devices by CDI (Container Device Interface): what the specifications of the
   host say that a container needs for a GPU and the like.

   A specification describes devices of one kind, "vendor.com/class", by changes
   to a container. Those of the devices that were asked for are collected here
   before anything is changed; cdi_enter.h carries them out. */

#ifndef CH_CDI_H
#define CH_CDI_H

#include "run/cdi_files.h"
#include "run/cdi_hook.h"
#include "run/plan.h"

/* Where specifications are, unless it is said otherwise. */
#define CDI_DIRECTORIES "/etc/cdi:/var/run/cdi"

struct cdi_mount {
    struct bind bind;
    unsigned long flags; /* MS_NOSUID and others, besides */
};

/* What all devices together need, in order. The strings belong to the
   specifications. */
struct cdi_edits {
    struct cdi_mount *mounts;
    size_t mount_count;
    struct cdi_change *changes;
    size_t change_count;
    const char **variables; /* "NAME=VALUE" */
    size_t variable_count;
};

struct cdi {
    struct cdi_files files;
    struct cdi_edits edits;
};

/* If the plan asks for devices, find them and set plan->cdi. Errors: no such
   device, two of a name, no specification, one that is wrong, something that
   it names and the host has not. */
int cdi_load(struct plan *plan, struct ch_error *err);

/* Free all; NULL is fine. */
void cdi_free(struct cdi *cdi);

/* Whether `text` is a kind or a device, as --cdi takes them. */
bool cdi_is_request(const char *text);

#endif
