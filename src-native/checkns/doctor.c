#include "config.h"

#include "checkns/doctor.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkns/doctor_facts.h"
#include "core/cleanup.h"

/* --- names that are left out -----------------------------------------------
 */

/* What is not told, and what is instead; in the order in which they are looked
   for, since a home directory has the user's name in it. */
struct mask {
    char *text;
    const char *instead;
};

enum { MASK_HOME, MASK_USER, MASK_LOGIN, MASK_HOST, MASK_COUNT };

static bool is_word_character(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

/* Whether `text` begins with the mask's, and not in the midst of a word. */
static bool is_masked(const char *start, const char *text,
                      const struct mask *mask)
{
    size_t length = mask->text ? strlen(mask->text) : 0;

    return length && !strncmp(text, mask->text, length) &&
           (text == start || !is_word_character(text[-1]) ||
            !is_word_character(*text)) &&
           !is_word_character(text[length]);
}

static void print_masked(const char *report, const struct mask *masks)
{
    for (const char *at = report; *at;) {
        size_t i = 0;

        while (i < MASK_COUNT && !is_masked(report, at, &masks[i]))
            i++;
        if (i == MASK_COUNT) {
            putchar(*at++);
            continue;
        }
        fputs(masks[i].instead, stdout);
        at += strlen(masks[i].text);
    }
}

/* Root's name says nothing of anybody, and is a word of its own. */
static char *name_or_null(const char *name)
{
    return name && *name && strcmp(name, "root") ? strdup(name) : NULL;
}

static char *home_or_null(const char *home)
{
    return home && home[0] == '/' && home[1] ? strdup(home) : NULL;
}

static char *host_name(void)
{
    char name[256];

    if (gethostname(name, sizeof(name)) < 0)
        return NULL;
    name[sizeof(name) - 1] = '\0';
    name[strcspn(name, ".")] = '\0';
    return name_or_null(name);
}

int doctor_print(struct ch_error *err)
{
    static int (*const PARTS[])(struct buffer *) = {
        doctor_package, doctor_kernel, doctor_process,
        doctor_fuse,    doctor_places, doctor_environment,
    };
    const struct passwd *entry = getpwuid(geteuid());
    struct mask masks[MASK_COUNT] = {
        [MASK_HOME] = {home_or_null(getenv("HOME")), "HOME"},
        [MASK_USER] = {name_or_null(getenv("USER")), "USER"},
        [MASK_LOGIN] = {name_or_null(entry ? entry->pw_name : NULL), "USER"},
        [MASK_HOST] = {host_name(), "HOST"},
    };
    CLEANUP_BUFFER struct buffer report = {0};
    int status = 0;

    for (size_t i = 0; status == 0 && i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
        status = PARTS[i](&report);
    if (status == 0)
        print_masked(report.data, masks);
    if (status == 0)
        putchar('\n');
    for (size_t i = 0; i < MASK_COUNT; i++)
        free(masks[i].text);
    return status < 0 ? ch_error_set(err, ENOMEM, "cannot make the report") : 0;
}
