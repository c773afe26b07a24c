/* The words of a CDI specification: which are well formed, and what the options
   of a mount mean. Pure. */

#ifndef CH_CDI_TEXT_H
#define CH_CDI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A version as a number that orders: 0.3 is 3, 1.1 is 101. */
#define CDI_VERSION(major, minor) ((major)*100U + (minor))

/* "0.6.0": sets `*version`; false if that is no version. */
bool cdi_text_version(const char *text, unsigned *version);

/* "vendor.com/class". */
bool cdi_text_is_kind(const char *text);

/* The name of a device: letters, digits and "_.:-" between them. */
bool cdi_text_is_name(const char *text);

/* "vendor.com/class=name": a kind of `*length` bytes, then a name. */
bool cdi_text_is_device(const char *text, size_t *length);

bool cdi_text_is_absolute(const char *text);
bool cdi_text_is_assignment(const char *text); /* NAME=VALUE */
bool cdi_text_is_node_type(const char *text);
bool cdi_text_is_permissions(const char *text);
bool cdi_text_is_mount_type(const char *text); /* one for bind mounts */
bool cdi_text_is_mount_option(const char *text);
bool cdi_text_is_hook_name(const char *text);

/* Change the flags of mount(2) as a valid option says. */
void cdi_text_apply_option(const char *text, unsigned long *flags);

#endif
