#include "config.h"

#include "run/cdi_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* A part of a version: more is none of ours. */
#define PART_MAX 99

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- names ------------------------------------------------------------------
 */

/* A decimal number that `*text` begins with; it is stepped over. */
static bool take_number(const char **text, unsigned *number)
{
    const char *next = *text;

    *number = 0;
    while (isdigit((unsigned char)*next) && *number <= PART_MAX)
        *number = *number * 10 + (unsigned)(*next++ - '0');
    if (next == *text || *number > PART_MAX)
        return false;
    *text = next;
    return true;
}

bool cdi_text_version(const char *text, unsigned *version)
{
    unsigned parts[3] = {0, 0, 0};

    for (size_t i = 0; i < COUNT(parts); i++) {
        if (i > 0 && *text++ != '.')
            return false;
        if (!take_number(&text, &parts[i]))
            return false;
    }
    if (*text)
        return false;
    *version = CDI_VERSION(parts[0], parts[1]);
    return true;
}

/* Letters, digits and some of `others` between them. */
static bool is_label(const char *text, size_t length, const char *others)
{
    if (!length || !isalnum((unsigned char)text[0]) ||
        !isalnum((unsigned char)text[length - 1]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) &&
            (!text[i] || !strchr(others, text[i])))
            return false;
    return true;
}

static bool is_kind(const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    size_t vendor = slash ? (size_t)(slash - text) : 0;

    return slash && isalpha((unsigned char)text[0]) &&
           isalpha((unsigned char)slash[1]) && is_label(text, vendor, "._-") &&
           is_label(slash + 1, length - vendor - 1, "._-");
}

bool cdi_text_is_kind(const char *text)
{
    return is_kind(text, strlen(text));
}

bool cdi_text_is_name(const char *text)
{
    return is_label(text, strlen(text), "_.:-");
}

bool cdi_text_is_device(const char *text, size_t *length)
{
    *length = strcspn(text, "=");
    return text[*length] && is_kind(text, *length) &&
           cdi_text_is_name(text + *length + 1);
}

/* --- values ------------------------------------------------------------------
 */

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(text, words[i]))
            return true;
    return false;
}

bool cdi_text_is_absolute(const char *text)
{
    return text[0] == '/';
}

bool cdi_text_is_assignment(const char *text)
{
    return text[0] != '=' && strchr(text, '=');
}

bool cdi_text_is_node_type(const char *text)
{
    static const char *const TYPES[] = {"", "b", "c", "u", "p"};

    return is_one_of(text, TYPES, COUNT(TYPES));
}

bool cdi_text_is_permissions(const char *text)
{
    return text[strspn(text, "rwm")] == '\0';
}

bool cdi_text_is_mount_type(const char *text)
{
    static const char *const TYPES[] = {"", "none", "bind", "rbind"};

    return is_one_of(text, TYPES, COUNT(TYPES));
}

bool cdi_text_is_hook_name(const char *text)
{
    static const char *const NAMES[] = {"prestart",        "createRuntime",
                                        "createContainer", "startContainer",
                                        "poststart",       "poststop"};

    return is_one_of(text, NAMES, COUNT(NAMES));
}

/* --- mount options -------------------------------------------------------- */

static const struct mount_option {
    const char *name;
    unsigned long set, clear;
} OPTIONS[] = {
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"nosuid", MS_NOSUID, 0},
    {"suid", 0, MS_NOSUID},
    {"nodev", MS_NODEV, 0},
    {"dev", 0, MS_NODEV},
    {"noexec", MS_NOEXEC, 0},
    {"exec", 0, MS_NOEXEC},
    /* What every mount here is, or what a mount in a namespace of one's own
       cannot be otherwise. */
    {"bind", 0, 0},
    {"rbind", 0, 0},
    {"defaults", 0, 0},
    {"private", 0, 0},
    {"rprivate", 0, 0},
    {"slave", 0, 0},
    {"rslave", 0, 0},
    {"shared", 0, 0},
    {"rshared", 0, 0},
    {"unbindable", 0, 0},
    {"runbindable", 0, 0},
    /* The host's mount keeps its own. */
    {"atime", 0, 0},
    {"noatime", 0, 0},
    {"diratime", 0, 0},
    {"nodiratime", 0, 0},
    {"relatime", 0, 0},
    {"norelatime", 0, 0},
    {"strictatime", 0, 0},
    {"nostrictatime", 0, 0},
};

static const struct mount_option *find_option(const char *text)
{
    for (size_t i = 0; i < COUNT(OPTIONS); i++)
        if (!strcmp(text, OPTIONS[i].name))
            return &OPTIONS[i];
    return NULL;
}

bool cdi_text_is_mount_option(const char *text)
{
    return find_option(text) != NULL;
}

void cdi_text_apply_option(const char *text, unsigned long *flags)
{
    const struct mount_option *option = find_option(text);

    *flags = (*flags | option->set) & ~option->clear;
}
