#include "config.h"

#include "squashfs/image_walk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "squashfs/directory.h"
#include "squashfs/inode.h"
#include "squashfs/reader.h"
#include "squashfs/xattr_table.h"

#define READ_SIZE   ((size_t)1 << 20)
#define SUM_STEP    61
#define DEPTH_MAX   300
#define BYTES_MAX   ((uint64_t)200 << 20) /* enough of an endless sparse file */
#define ENTRIES_MAX 200000

/* A sum over some bytes of the file, whatever pieces it comes in. */
static void add_sum(struct image_walk *walk, uint64_t offset,
                    const struct iovec *piece)
{
    const unsigned char *p = piece->iov_base;

    for (size_t i = (SUM_STEP - offset % SUM_STEP) % SUM_STEP;
         i < piece->iov_len; i += SUM_STEP)
        walk->sum = walk->sum * 31 + p[i];
}

static void add_sums(struct image_walk *walk, uint64_t offset)
{
    for (size_t i = 0; i < walk->pieces.count; i++) {
        add_sum(walk, offset, &walk->pieces.pieces[i]);
        offset += walk->pieces.pieces[i].iov_len;
    }
}

static void read_file(struct image_walk *walk, uint64_t reference)
{
    uint64_t offset = 0;
    ssize_t length;

    do {
        length =
            file_read(walk->image, reference, offset, READ_SIZE, &walk->pieces);
        if (length > 0)
            add_sums(walk, offset);
        file_release(walk->image, &walk->pieces);
        if (length < 0)
            walk->errors++;
        offset += READ_SIZE;
        walk->bytes += length > 0 ? (uint64_t)length : 0;
    } while (length > 0 && walk->bytes < BYTES_MAX);
}

static void read_xattrs(struct image_walk *walk, const struct inode *inode)
{
    char names[65536], value[65536];
    ssize_t length = xattr_list(walk->image, inode, names, sizeof(names));

    if (length < 0)
        walk->errors++;
    for (ssize_t i = 0; i < length; i += (ssize_t)strlen(names + i) + 1)
        if (xattr_get(walk->image, inode, names + i, value, sizeof(value)) < 0)
            walk->errors++;
}

static void walk_inode(struct image_walk *walk, uint64_t reference,
                       const struct inode *inode, int depth);

static void walk_directory(struct image_walk *walk, const struct inode *inode,
                           int depth)
{
    struct directory directory;
    struct directory_entry entry;
    struct inode child;
    uint64_t found;
    int status = directory_open(walk->image, inode, 0, &directory);

    while (status >= 0 && walk->entries++ < ENTRIES_MAX) {
        status = directory_next(&directory, &entry);
        if (status <= 0)
            break;
        if (directory_find(walk->image, inode, entry.name, entry.name_length,
                           &found) != 1 ||
            found != entry.reference ||
            inode_read(walk->image, entry.reference, &child) < 0 ||
            directory_check_child(inode, &child) < 0)
            walk->errors++;
        else
            walk_inode(walk, entry.reference, &child, depth + 1);
    }
    if (status < 0)
        walk->errors++;
    directory_close(&directory);
}

static void walk_inode(struct image_walk *walk, uint64_t reference,
                       const struct inode *inode, int depth)
{
    char target[INODE_LINK_MAX];

    read_xattrs(walk, inode);
    if (S_ISREG(inode->mode))
        read_file(walk, reference);
    if (S_ISLNK(inode->mode) && inode_read_link(walk->image, inode, target) < 0)
        walk->errors++;
    if (S_ISDIR(inode->mode) && depth < DEPTH_MAX)
        walk_directory(walk, inode, depth);
}

void image_walk(struct squashfs_image *image, struct image_walk *walk)
{
    struct inode root;

    *walk = (struct image_walk){.image = image};
    if (file_pieces_init(&walk->pieces, image, READ_SIZE) < 0)
        abort();
    if (inode_read(image, image->super.root_inode, &root) == 0)
        walk_inode(walk, image->super.root_inode, &root, 0);
    file_pieces_free(&walk->pieces);
}
