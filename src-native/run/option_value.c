#include "config.h"

#include "run/option_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Digits, and nothing before them: strtoul(3) takes signs and spaces, too.
   `*end` is what follows. */
static bool parse_number(const char *text, unsigned long *value, char **end)
{
    errno = 0;
    *value = strtoul(text, end, 10);
    return !errno && isdigit((unsigned char)text[0]);
}

static int parse_range(const char *argument, const char *option, unsigned least,
                       unsigned most, unsigned *number, struct ch_error *err)
{
    char *end;
    unsigned long value;

    if (!parse_number(argument, &value, &end) || *end || value < least ||
        value > most)
        return ch_error_set(err, 0,
                            "option \"--%s=%s\": not a number from %u to %u",
                            option, argument, least, most);
    *number = (unsigned)value;
    return 0;
}

int option_value_id(const char *argument, const char *option, unsigned *id,
                    struct ch_error *err)
{
    return parse_range(argument, option, 0, (unsigned)-2, id, err);
}

int option_value_count(const char *argument, const char *option, unsigned most,
                       unsigned *count, struct ch_error *err)
{
    return parse_range(argument, option, 1, most, count, err);
}

int option_value_seconds(const char *argument, const char *option,
                         unsigned most, unsigned *seconds, struct ch_error *err)
{
    return parse_range(argument, option, 0, most, seconds, err);
}

int option_value_position(const char *argument, const char *option,
                          uint64_t *position, struct ch_error *err)
{
    char *end;
    unsigned long value;

    if (!parse_number(argument, &value, &end) || *end || value > INT64_MAX)
        return ch_error_set(err, 0, "option \"--%s=%s\": not a number of bytes",
                            option, argument);
    *position = value;
    return 0;
}

/* The power of two that a unit stands for; -1 if it is none. */
static int shift_of(const char *unit)
{
    static const char UNITS[] = "kmg";
    const char *found;

    if (!*unit)
        return 0;
    found = unit[1] ? NULL : strchr(UNITS, tolower((unsigned char)*unit));
    return found ? 10 * (int)(found - UNITS + 1) : -1;
}

int option_value_size(const char *argument, const char *option, size_t *size,
                      struct ch_error *err)
{
    char *end;
    unsigned long value;
    int shift;

    if (parse_number(argument, &value, &end) && value > 0) {
        shift = shift_of(end);
        if (shift >= 0 && value <= SIZE_MAX >> shift) {
            *size = (size_t)value << shift;
            return 0;
        }
    }
    return ch_error_set(err, 0,
                        "option \"--%s=%s\": not a size such as \"512k\", "
                        "\"8m\" or \"1g\"",
                        option, argument);
}

bool option_value_is_tmpfs_size(const char *argument)
{
    size_t digits = strspn(argument, "0123456789");

    return digits > 0 && digits < 19 &&
           (!argument[digits] ||
            (strchr("kKmMgG%", argument[digits]) && !argument[digits + 1]));
}
