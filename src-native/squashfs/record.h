/* Which files of an image are read, in the order of their first READ: what
   makes a profile for an image that starts fast. The kernel says LOOKUP with a
   parent and a name before it asks for anything of a node, so these are kept,
   and make up the path when it is wanted. READDIRPLUS would tell the kernel of
   nodes without a LOOKUP: an engine that records does not offer it.

   All functions take NULL for a record: nobody wants to know. */

#ifndef CH_RECORD_H
#define CH_RECORD_H

#include <stdint.h>

#include "squashfs/engine.h"

struct record;

/* NULL if the settings want none, or, with errno set, if there is no memory;
   `*record` is set to it. Returns 0 or -1. */
int record_open(const struct squashfs_settings *settings,
                struct record **record);
void record_close(struct record *record);

/* The node `id` has been found as `name` in the directory `parent`. */
void record_name(struct record *record, uint64_t parent, const char *name,
                 uint64_t id);

/* The file `id` is being read. */
void record_read(struct record *record, uint64_t id);

#endif
