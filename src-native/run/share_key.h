/* Which launches share a server: those whose keys are equal. A key is a text
   of all that the server and the namespaces it holds depend on. */

#ifndef CH_SHARE_KEY_H
#define CH_SHARE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "run/plan.h"

/* The key of this launch: this program, the image file and its state, the
   engine's options, the ids that are mapped, the user and mount namespace we
   are in and the mounts of the host that do not propagate, the limits that the
   server inherits, and the job step. The caller frees it. NULL if any of it
   cannot be found out. */
char *share_key(const struct plan *plan);

/* The key of the peers of --join: this program, the tag, this node, the image,
   user and group, and the user and pid namespace we are in. */
char *share_key_of_peers(const struct plan *plan, const char *tag);

/* Shorten `path`, a cgroup, to the job step that it belongs to: up to and with
   Slurm's "step_N", where that is below a "job_N". Any other path stays whole,
   because there is no telling what part of it ends at once. */
void share_key_cut_to_step(char *path);

/* FNV-1a of `length` bytes, going on from `hash`. */
#define SHARE_HASH_START 0xcbf29ce484222325ULL
uint64_t share_hash(uint64_t hash, const void *data, size_t length);

#endif
