#include "config.h"

#include "squashfs/inode.h"

#include <errno.h>
#include <sys/stat.h>

#include "core/little_endian.h"
#include "squashfs/reader.h"

#define HEAD_SIZE 16 /* what all kinds start with */
#define BODY_MAX  40 /* the longest fixed part behind that */

/* A symlink's long form has its xattr index behind the target. */
#define TYPE_LONG_SYMLINK 10

static int damaged(void)
{
    errno = EIO;
    return -1;
}

/* --- what each kind has behind the head ------------------------------------
 */

static void decode_directory(struct inode *inode, const unsigned char *p)
{
    inode->listing.position = le32(p);
    inode->link_count = le32(p + 4);
    inode->size = le16(p + 8);
    inode->listing.offset = le16(p + 10);
    inode->parent = le32(p + 12);
}

static void decode_long_directory(struct inode *inode, const unsigned char *p)
{
    inode->link_count = le32(p);
    inode->size = le32(p + 4);
    inode->listing.position = le32(p + 8);
    inode->parent = le32(p + 12);
    inode->index_count = le16(p + 16);
    inode->listing.offset = le16(p + 18);
    inode->xattrs = le32(p + 20);
}

static void decode_file(struct inode *inode, const unsigned char *p)
{
    inode->link_count = 1;
    inode->first_block = le32(p);
    inode->fragment = le32(p + 4);
    inode->fragment_offset = le32(p + 8);
    inode->size = le32(p + 12);
}

static void decode_long_file(struct inode *inode, const unsigned char *p)
{
    inode->first_block = le64(p);
    inode->size = le64(p + 8);
    inode->sparse = le64(p + 16);
    inode->link_count = le32(p + 24);
    inode->fragment = le32(p + 28);
    inode->fragment_offset = le32(p + 32);
    inode->xattrs = le32(p + 36);
}

static void decode_symlink(struct inode *inode, const unsigned char *p)
{
    inode->link_count = le32(p);
    inode->size = le32(p + 4);
}

static void decode_device(struct inode *inode, const unsigned char *p)
{
    inode->link_count = le32(p);
    inode->device = le32(p + 4);
}

static void decode_long_device(struct inode *inode, const unsigned char *p)
{
    decode_device(inode, p);
    inode->xattrs = le32(p + 8);
}

static void decode_ipc(struct inode *inode, const unsigned char *p)
{
    inode->link_count = le32(p);
}

static void decode_long_ipc(struct inode *inode, const unsigned char *p)
{
    inode->link_count = le32(p);
    inode->xattrs = le32(p + 4);
}

static const struct {
    mode_t type;
    unsigned size;
    void (*decode)(struct inode *inode, const unsigned char *p);
} KINDS[] = {
    [1] = {S_IFDIR, 16, decode_directory},
    [2] = {S_IFREG, 16, decode_file},
    [3] = {S_IFLNK, 8, decode_symlink},
    [4] = {S_IFBLK, 8, decode_device},
    [5] = {S_IFCHR, 8, decode_device},
    [6] = {S_IFIFO, 4, decode_ipc},
    [7] = {S_IFSOCK, 4, decode_ipc},
    [8] = {S_IFDIR, 24, decode_long_directory},
    [9] = {S_IFREG, 40, decode_long_file},
    [TYPE_LONG_SYMLINK] = {S_IFLNK, 8, decode_symlink},
    [11] = {S_IFBLK, 12, decode_long_device},
    [12] = {S_IFCHR, 12, decode_long_device},
    [13] = {S_IFIFO, 8, decode_long_ipc},
    [14] = {S_IFSOCK, 8, decode_long_ipc},
};

#define KIND_COUNT (sizeof(KINDS) / sizeof(KINDS[0]))

/* --- reading one -----------------------------------------------------------
 */

static int check_file(const struct squashfs_super *super,
                      const struct inode *inode)
{
    if (inode->size > INT64_MAX || inode->sparse > inode->size)
        return damaged();
    if (inode->first_block > super->bytes_used)
        return damaged();
    if (inode->fragment == INODE_NO_FRAGMENT)
        return 0;
    if (inode->fragment >= super->fragment_count ||
        inode->fragment_offset >= super->block_size)
        return damaged();
    return 0;
}

static int check(const struct squashfs_super *super, const struct inode *inode)
{
    if (inode->number == 0)
        return damaged();
    if (S_ISREG(inode->mode))
        return check_file(super, inode);
    if (S_ISDIR(inode->mode) && inode->listing.offset >= METADATA_BLOCK_SIZE)
        return damaged();
    if (S_ISLNK(inode->mode) && inode->size > INODE_LINK_MAX)
        return damaged();
    return 0;
}

static int read_late_xattrs(struct metadata_cursor *cursor, struct inode *inode)
{
    unsigned char index[4];

    if (inode->size > INODE_LINK_MAX)
        return damaged();
    if (metadata_read(cursor, NULL, inode->size) < 0 ||
        metadata_read(cursor, index, sizeof(index)) < 0)
        return -1;
    inode->xattrs = le32(index);
    return 0;
}

/* Owners are not decoded: whoever mounts the image owns all of it. But their
   indexes must be right, for they tell damaged inodes. */
static int decode_head(const struct squashfs_super *super,
                       const unsigned char *head, struct inode *inode)
{
    unsigned kind = le16(head);

    if (kind >= KIND_COUNT || !KINDS[kind].decode)
        return damaged();
    if (le16(head + 4) >= super->id_count || le16(head + 6) >= super->id_count)
        return damaged();
    *inode = (struct inode){
        .mode = KINDS[kind].type | (le16(head + 2) & 07777),
        .mtime = le32(head + 8),
        .number = le32(head + 12),
        .xattrs = INODE_NO_XATTRS,
        .fragment = INODE_NO_FRAGMENT,
    };
    return 0;
}

int inode_read_next(struct metadata_cursor *cursor, uint64_t reference,
                    struct inode *inode)
{
    const struct squashfs_super *super = &cursor->image->super;
    unsigned char head[HEAD_SIZE], body[BODY_MAX];
    struct inode found;
    unsigned kind;

    metadata_seek(cursor,
                  (struct metadata_place){.position = super->inode_table +
                                                      (reference >> 16),
                                          .offset = reference & 0xffff},
                  super->directory_table);
    if (metadata_read(cursor, head, sizeof(head)) < 0 ||
        decode_head(super, head, &found) < 0)
        return -1;
    kind = le16(head);
    if (metadata_read(cursor, body, KINDS[kind].size) < 0)
        return -1;
    KINDS[kind].decode(&found, body);
    found.tail = cursor->place;
    found.listing.position += super->directory_table;
    if (kind == TYPE_LONG_SYMLINK && read_late_xattrs(cursor, &found) < 0)
        return -1;
    if (check(super, &found) < 0)
        return -1;
    *inode = found;
    return 0;
}

int inode_read(struct squashfs_image *image, uint64_t reference,
               struct inode *inode)
{
    METADATA_CURSOR cursor = {.image = image};

    return inode_read_next(&cursor, reference, inode);
}

ssize_t inode_read_link(struct squashfs_image *image, const struct inode *inode,
                        char *target)
{
    METADATA_CURSOR cursor = {.image = image};

    metadata_seek(&cursor, inode->tail, image->super.directory_table);
    if (metadata_read(&cursor, target, inode->size) < 0)
        return -1;
    return (ssize_t)inode->size;
}
