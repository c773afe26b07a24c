/* What a CDI specification may hold: the fields of the CNCF's Container Device
   Interface 0.3 to 1.1, since when there is each, and what their values must
   be. A document that has passed can be read without further questions. */

#ifndef CH_CDI_SCHEMA_H
#define CH_CDI_SCHEMA_H

#include "core/error.h"
#include "core/json.h"

/* Check a document. An error names the place in it, "devices[0].name", and what
   is wrong there. */
int cdi_schema_check(const struct json *spec, struct ch_error *err);

/* The member of that name, or NULL where it is absent or null. */
const struct json *cdi_schema_field(const struct json *json, const char *name);

/* The text of a member that is a string, or NULL. */
const char *cdi_schema_text(const struct json *json, const char *name);

/* The first element of a member that is a list, or NULL. */
const struct json *cdi_schema_first(const struct json *json, const char *name);

#endif
