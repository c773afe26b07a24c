#include "config.h"

#include "squashfs/xattr_table.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <linux/limits.h>

#include "core/little_endian.h"
#include "squashfs/inode.h"
#include "squashfs/metadata.h"
#include "squashfs/reader.h"

#define HEAD_SIZE   16 /* of the table */
#define ENTRY_SIZE  16 /* of an inode's entry in it */
#define KEY_SIZE    4  /* of an attribute before its name */
#define PREFIX      "user."
#define PREFIX_SIZE (sizeof(PREFIX) - 1)
#define TYPE_USER   0
#define TYPE_MASK   0xff
#define TYPE_FAR    0x100 /* the value is only a place where the value is */
#define NO_TABLE    UINT64_MAX

static int damaged(void)
{
    errno = EIO;
    return -1;
}

int xattr_table_open(struct squashfs_image *image, struct ch_error *err)
{
    const struct squashfs_super *super = &image->super;
    struct xattr_table *table = &image->xattrs;
    uint64_t list = super->xattr_table + HEAD_SIZE;
    unsigned char head[HEAD_SIZE];
    uint64_t blocks;

    if (super->xattr_table == NO_TABLE)
        return 0;
    if (list > super->bytes_used ||
        image_file_read(&image->file, head, sizeof(head), super->xattr_table) <
            0)
        return ch_error_set(err, EIO, "cannot read the table of attributes");
    *table = (struct xattr_table){
        .list = list, .start = le64(head), .count = le32(head + 8)};
    blocks = ((uint64_t)table->count * ENTRY_SIZE + METADATA_BLOCK_SIZE - 1) /
             METADATA_BLOCK_SIZE;
    if (table->start <= super->xattr_table &&
        blocks <= (super->bytes_used - list) / 8)
        return 0;
    ch_error_set(err, 0, "damaged SquashFS image: bad table of attributes");
    return ch_error_hint(err, "make or copy the image again");
}

/* --- walking an inode's attributes -----------------------------------------
 */

struct walk {
    struct metadata_cursor cursor;
    uint32_t left;
    unsigned type;
    char name[PREFIX_SIZE + XATTR_NAME_MAX + 1]; /* with prefix and NUL */
    size_t name_size;                            /* with its NUL */
};

#define WALK __attribute__((cleanup(walk_close))) struct walk

static void walk_close(struct walk *walk)
{
    metadata_close(&walk->cursor);
}

static void seek(struct metadata_cursor *cursor, uint64_t reference)
{
    const struct squashfs_image *image = cursor->image;

    metadata_seek(cursor,
                  (struct metadata_place){.position = image->xattrs.start +
                                                      (reference >> 16),
                                          .offset = reference & 0xffff},
                  image->super.xattr_table);
}

static int walk_open(struct squashfs_image *image, const struct inode *inode,
                     struct walk *walk)
{
    unsigned char entry[ENTRY_SIZE];

    walk->cursor = (struct metadata_cursor){.image = image};
    walk->left = 0;
    if (inode->xattrs == INODE_NO_XATTRS || !image->xattrs.list)
        return 0;
    if (inode->xattrs >= image->xattrs.count)
        return damaged();
    if (metadata_read_entry(image, image->xattrs.list, inode->xattrs, entry,
                            sizeof(entry)) < 0)
        return -1;
    seek(&walk->cursor, le64(entry));
    walk->left = le32(entry + 8);
    return 0;
}

/* The next attribute's name; then its value must be read or skipped. Returns 1,
   0 at the end, -1 with errno set. */
static int walk_next(struct walk *walk)
{
    unsigned char key[KEY_SIZE];
    size_t length;

    if (!walk->left)
        return 0;
    walk->left--;
    if (metadata_read(&walk->cursor, key, sizeof(key)) < 0)
        return -1;
    walk->type = le16(key);
    length = le16(key + 2);
    if (length == 0 || length > XATTR_NAME_MAX)
        return damaged();
    memcpy(walk->name, PREFIX, PREFIX_SIZE);
    if (metadata_read(&walk->cursor, walk->name + PREFIX_SIZE, length) < 0)
        return -1;
    if (memchr(walk->name, '\0', PREFIX_SIZE + length))
        return damaged();
    walk->name[PREFIX_SIZE + length] = '\0';
    walk->name_size = PREFIX_SIZE + length + 1;
    return 1;
}

static bool is_shown(const struct walk *walk)
{
    return (walk->type & TYPE_MASK) == TYPE_USER;
}

static ssize_t read_size(struct metadata_cursor *cursor)
{
    unsigned char size[4];

    if (metadata_read(cursor, size, sizeof(size)) < 0)
        return -1;
    if (le32(size) > XATTR_SIZE_MAX)
        return damaged();
    return (ssize_t)le32(size);
}

static int skip_value(struct walk *walk)
{
    ssize_t length = read_size(&walk->cursor);

    return length < 0 ? -1 : metadata_read(&walk->cursor, NULL, (size_t)length);
}

/* --- what is asked for -----------------------------------------------------
 */

ssize_t xattr_list(struct squashfs_image *image, const struct inode *inode,
                   char *buffer, size_t size)
{
    WALK walk;
    size_t used = 0;
    int status;

    if (walk_open(image, inode, &walk) < 0)
        return -1;
    while ((status = walk_next(&walk)) > 0) {
        if (skip_value(&walk) < 0)
            return -1;
        if (!is_shown(&walk))
            continue;
        if (size && used + walk.name_size > size) {
            errno = ERANGE;
            return -1;
        }
        if (size)
            memcpy(buffer + used, walk.name, walk.name_size);
        used += walk.name_size;
    }
    return status < 0 ? -1 : (ssize_t)used;
}

static ssize_t read_value(struct walk *walk, char *buffer, size_t size)
{
    ssize_t length = read_size(&walk->cursor);
    unsigned char place[8];

    if (length >= 0 && walk->type & TYPE_FAR) {
        if (length != sizeof(place))
            return damaged();
        if (metadata_read(&walk->cursor, place, sizeof(place)) < 0)
            return -1;
        seek(&walk->cursor, le64(place));
        length = read_size(&walk->cursor);
    }
    if (length < 0 || !size)
        return length;
    if ((size_t)length > size) {
        errno = ERANGE;
        return -1;
    }
    return metadata_read(&walk->cursor, buffer, (size_t)length) < 0 ? -1
                                                                    : length;
}

ssize_t xattr_get(struct squashfs_image *image, const struct inode *inode,
                  const char *name, char *buffer, size_t size)
{
    WALK walk;
    int status;

    if (walk_open(image, inode, &walk) < 0)
        return -1;
    while ((status = walk_next(&walk)) > 0) {
        if (is_shown(&walk) && strcmp(walk.name, name) == 0)
            return read_value(&walk, buffer, size);
        if (skip_value(&walk) < 0)
            return -1;
    }
    if (status == 0)
        errno = ENODATA;
    return -1;
}
