#include "config.h"

#include "whiteout.h"

#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "member.h"

static bool has_prefix(const char *name)
{
    return !strncmp(name, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX));
}

/* Of the last component. */
static enum whiteout_kind kind_of_base(const char *base)
{
    if (!has_prefix(base))
        return WHITEOUT_NONE;
    if (!strcmp(base, WHITEOUT_OPAQUE))
        return WHITEOUT_ALL;
    base += strlen(WHITEOUT_PREFIX);
    if (has_prefix(base))
        return WHITEOUT_IGNORED;
    if (!*base || !strcmp(base, ".") || !strcmp(base, ".."))
        return WHITEOUT_INVALID;
    return WHITEOUT_NAME;
}

enum whiteout_kind whiteout_kind(const char *name)
{
    const char *slash;

    for (; (slash = strchr(name, '/')); name = slash + 1)
        if (has_prefix(name))
            return WHITEOUT_INVALID;
    return kind_of_base(name);
}

int whiteout_make(int dir_fd, const char *name)
{
    return mknodat(dir_fd, name, S_IFCHR, makedev(0, 0));
}

int directory_set_opaque(int fd)
{
    return fsetxattr(fd, OVERLAY_XATTR_OPAQUE, "y", 1, 0);
}

bool directory_is_opaque(int fd)
{
    char value;

    return fgetxattr(fd, OVERLAY_XATTR_OPAQUE, &value, 1) == 1 && value == 'y';
}

/* Four octal digits; -1 if it is none. */
static int mode_parse(const struct xattr *xattr)
{
    const char *digits = xattr->value;
    int mode = 0;
    size_t i;

    if (xattr->size != 4)
        return -1;
    for (i = 0; i < 4; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return -1;
        mode = mode << 3 | (digits[i] - '0');
    }
    return mode;
}

mode_t whiteout_kept_mode(const struct xattr_list *xattrs, mode_t mode,
                          bool directory)
{
    size_t i;

    for (i = 0; i < xattrs->count; i++) {
        int kept;

        if (strcmp(xattrs->items[i].name, LAYER_XATTR_MODE))
            continue;
        kept = mode_parse(&xattrs->items[i]);
        if (kept >= 0 && mode == member_mode((mode_t)kept, directory))
            return (mode_t)kept;
    }
    return mode;
}
