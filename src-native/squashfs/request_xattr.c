/* GETXATTR and LISTXATTR. In an image without attributes ENOSYS has the kernel
   stop asking for them. */

#include "config.h"

#include <errno.h>
#include <string.h>

#include "squashfs/requests.h"
#include "squashfs/xattr_table.h"

/* A size of 0 asks for the size only. */
static int reply_value(const struct request *request, size_t asked,
                       ssize_t length)
{
    struct fuse_getxattr_out size = {.size = (uint32_t)length};

    if (length < 0)
        return errno;
    if (!asked)
        return request_reply(request, &size, sizeof(size));
    return request_reply(request, request->pieces.buffer, (size_t)length);
}

static size_t limit(const struct request *request, uint32_t asked)
{
    return asked < request->pieces.length_max ? asked
                                              : request->pieces.length_max;
}

/* What both requests begin with: the file, and how many bytes may be answered.
   Returns 0, or an errno value. `in` may be NULL: the request is too short. */
static int begin(const struct request *request,
                 const struct fuse_getxattr_in *in, struct inode *inode,
                 size_t *asked)
{
    struct squashfs_image *image = request->session->image;

    if (!image->xattrs.list)
        return ENOSYS;
    if (!in)
        return EPROTO;
    if (inode_read(image, request_reference(request), inode) < 0)
        return errno;
    *asked = limit(request, in->size);
    return 0;
}

int request_get_xattr(struct request *request)
{
    const struct fuse_getxattr_in *in = request_body(request, sizeof(*in) + 1);
    struct inode inode;
    size_t asked;
    int errnum = begin(request, in, &inode, &asked);

    if (errnum)
        return errnum;
    return reply_value(request, asked,
                       xattr_get(request->session->image, &inode,
                                 (const char *)(in + 1),
                                 (char *)request->pieces.buffer, asked));
}

int request_list_xattrs(struct request *request)
{
    const struct fuse_getxattr_in *in = request_body(request, sizeof(*in));
    struct inode inode;
    size_t asked;
    int errnum = begin(request, in, &inode, &asked);

    if (errnum)
        return errnum;
    return reply_value(request, asked,
                       xattr_list(request->session->image, &inode,
                                  (char *)request->pieces.buffer, asked));
}
