/* Extended attributes by which overlayfs is told where a directory or a file
   really is: from an archive they could show any other layer's files, or the
   data of another file. Our own would give setuid to what has none. */

#include "config.h"

#include <string.h>
#include <sys/xattr.h>

#include "apply.h"
#include "scratch.h"
#include "tap.h"
#include "unpack.h"

static const struct {
    const char *name, *value;
} ATTRIBUTES[] = {
    {"user.charliecloud.mode", "4755"},   {"user.honest", "value"},
    {"user.overlay.metacopy", ""},        {"user.overlay.opaque", "y"},
    {"user.overlay.overlay.opaque", "y"}, {"user.overlay.redirect", "/etc"},
    {"user.overlay.whiteout", "y"},
};

static void add(struct archive_builder *builder, enum tar_type type,
                const char *name)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    const struct tar_header header = {
        .type = type, .name = name, .mode = 0755, .xattrs = &xattrs};
    size_t i;

    for (i = 0; i < sizeof(ATTRIBUTES) / sizeof(ATTRIBUTES[0]); i++)
        if (xattrs_append(&xattrs, ATTRIBUTES[i].name, ATTRIBUTES[i].value,
                          strlen(ATTRIBUTES[i].value)) < 0)
            give_up("make", "attributes");
    builder_add(builder, &header, NULL);
}

static void check(const char *path)
{
    char list[256];
    ssize_t length = listxattr(path, list, sizeof(list));

    OK(length == sizeof("user.honest") &&
           getxattr(path, "user.honest", NULL, 0) == 5,
       "only honest attributes of \"%s\" are kept", path);
}

int main(void)
{
    struct archive_builder builder = {0};

    scratch_enter();
    if (!xattrs_work()) {
        tap_skip("no extended attributes here", "layer_apply() drops some");
        scratch_leave();
        return tap_done();
    }
    make_fresh("root");
    add(&builder, TAR_DIRECTORY, ".");
    add(&builder, TAR_DIRECTORY, "dir");
    add(&builder, TAR_FILE, "file");
    must_apply(&builder, LAYER_OVERLAY, "root", NULL, "attributes");
    check("root");
    check("root/dir");
    check("root/file");
    scratch_leave();
    return tap_done();
}
