#include "config.h"

#include "layer_member.h"

#include <errno.h>
#include <stdio.h>

/* Setuid and setgid. */
#define MODE_PRIVILEGED 06000

int layer_member_next(struct layer_member *layer_member,
                      struct archive_input *input, struct ch_error *err)
{
    const struct member_options options = {.strip = "", .xattrs = true};
    struct member *member = &layer_member->member;
    int status = archive_input_next(input, &layer_member->entry, err);

    if (status <= 0)
        return status;
    if (member_from_entry(member, layer_member->entry, &options, err) < 0)
        return -1;
    xattrs_drop(&member->xattrs, OVERLAY_XATTR_PREFIX);
    xattrs_drop(&member->xattrs, LAYER_XATTR_PREFIX);
    layer_member->mode = archive_entry_perm(layer_member->entry) & 07777;
    layer_member->kind = whiteout_kind(member->name);
    if (layer_member->kind == WHITEOUT_INVALID)
        return ch_error_set(err, 0,
                            "refusing the name \"%s\": such names are "
                            "reserved for whiteouts",
                            member->name);
    return 1;
}

static bool has_permissions(const struct member *member)
{
    return member->kind == MEMBER_FILE || member->kind == MEMBER_DIRECTORY;
}

bool layer_member_is_privileged(const struct layer_member *layer_member)
{
    return has_permissions(&layer_member->member) &&
           (layer_member->mode & MODE_PRIVILEGED);
}

int layer_member_keep_mode(struct layer_member *layer_member,
                           struct ch_error *err)
{
    struct member *member = &layer_member->member;
    char text[8];
    int length;

    if (!has_permissions(member) || layer_member->mode == member->mode)
        return 0;
    length = snprintf(text, sizeof(text), "%04o", layer_member->mode);
    if (xattrs_append(&member->xattrs, LAYER_XATTR_MODE, text, (size_t)length) <
        0)
        return ch_error_set(err, errno, "cannot unpack \"%s\"", member->name);
    return 0;
}

void layer_member_release(struct layer_member *layer_member)
{
    member_release(&layer_member->member);
}
