/* What an option's argument means, where it is not just a word. Each refuses
   what is not such a value in an error that names the option. */

#ifndef CH_OPTION_VALUE_H
#define CH_OPTION_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* A uid or gid: decimal, and not (uid_t)-1, which means "none". */
int option_value_id(const char *argument, const char *option, unsigned *id,
                    struct ch_error *err);

/* A decimal number from 1 to `most`. */
int option_value_count(const char *argument, const char *option, unsigned most,
                       unsigned *count, struct ch_error *err);

/* A decimal number from 0 to `most`. */
int option_value_seconds(const char *argument, const char *option,
                         unsigned most, unsigned *seconds,
                         struct ch_error *err);

/* A position in a file: decimal. */
int option_value_position(const char *argument, const char *option,
                          uint64_t *position, struct ch_error *err);

/* A number of bytes, 1 or more, or of KiB, MiB or GiB: "8m". */
int option_value_size(const char *argument, const char *option, size_t *size,
                      struct ch_error *err);

/* A tmpfs size as mount(8) takes it: a number with an optional k, m, g or %. */
bool option_value_is_tmpfs_size(const char *argument);

#endif
