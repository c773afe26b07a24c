/* What an image says of itself, below its directory /ch: the environment, and
   in metadata.json what a Dockerfile's ENTRYPOINT, CMD, WORKDIR and ENV said,
   as the "config" of an image configuration of OCI. */

#ifndef CH_IMAGE_CONFIG_H
#define CH_IMAGE_CONFIG_H

#include <stddef.h>

#include "core/error.h"
#include "run/plan.h"

#define IMAGE_ENVIRONMENT "/ch/environment"
#define IMAGE_METADATA    "/ch/metadata.json"

/* Owned, needed until the command is executed. Lists end with NULL; what the
   image does not say is NULL. */
struct image_config {
    char *environment; /* the text of /ch/environment */
    size_t environment_length;
    char **variables; /* "NAME=VALUE" */
    char **entrypoint;
    char **command;
    char *workdir;
};

/* Read it, in the container. An image without /ch says nothing. */
int image_config_load(const struct plan *plan, struct image_config *config,
                      struct ch_error *err);

void image_config_release(struct image_config *config);

/* What to run: ENTRYPOINT, and after it the user's command or else CMD; heap,
   the words are whose they were. NULL if that is nothing, or without memory. */
char **image_config_command(const struct image_config *config, char **command);

#endif
