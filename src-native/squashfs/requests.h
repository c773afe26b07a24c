/* What the kernel asks of a FUSE server, and our answers. The image never
   changes, so the kernel is told to keep all that it learns for ever. Inodes
   have no state here: a node's id is made of the inode's place in the image,
   and what the kernel forgets need not be known. */

#ifndef CH_REQUESTS_H
#define CH_REQUESTS_H

#include "squashfs/inode.h"
#include "squashfs/session.h"

/* Answer the request that has been read into `request->input`. */
void request_answer(struct request *request);

/* --- for the files that answer ---------------------------------------------
   A function that answers a kind of request returns 0 if it has replied, else
   the errno value to reply with. */

int request_read_directory(struct request *request);
int request_read_directory_plus(struct request *request);
int request_get_xattr(struct request *request);
int request_list_xattrs(struct request *request);

/* The request's own structure behind its head, `size` bytes; NULL if the kernel
   sent less. */
const void *request_body(const struct request *request, size_t size);

/* Returns 0 always: who does not get the reply has gone. */
int request_reply(const struct request *request, const void *body,
                  size_t length);

/* Inodes and node ids; the root's is fixed. */
uint64_t request_reference(const struct request *request);
uint64_t node_id(const struct squashfs_image *image, uint64_t reference);

/* What the kernel is told of an inode, and of a name that has one. */
void inode_describe(const struct squashfs_image *image,
                    const struct inode *inode, struct fuse_attr *attributes);
void entry_describe(const struct squashfs_image *image, uint64_t reference,
                    const struct inode *inode, struct fuse_entry_out *entry);

#endif
