/* READDIR, and READDIRPLUS which tells of each name what LOOKUP would: one
   request instead of hundreds when a tree is walked.

   An entry's offset says where to go on: 1 behind ".", 2 behind "..", and from
   there on where the entry ends in the directory's listing. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "squashfs/directory.h"
#include "squashfs/requests.h"

#define OFFSET_DOTS 2 /* behind both */

struct listing {
    struct squashfs_image *image;
    const struct inode *parent;
    bool has_attributes; /* READDIRPLUS */
    struct metadata_cursor inodes;
    unsigned char *buffer;
    size_t used;
    size_t size;
};

#define LISTING __attribute__((cleanup(listing_close))) struct listing

static void listing_close(struct listing *listing)
{
    metadata_close(&listing->inodes);
}

/* Returns room for an entry, NULL if there is none. */
static unsigned char *take_room(struct listing *listing, size_t length)
{
    size_t room = FUSE_DIRENT_ALIGN(length);
    unsigned char *start = listing->buffer + listing->used;

    if (room > listing->size - listing->used)
        return NULL;
    memset(start + length, 0, room - length);
    listing->used += room;
    return start;
}

/* Without attributes, an entry is a name that is to be looked up: "." and "..",
   and what cannot be read, so that whoever looks it up sees the error. */
static void describe(struct listing *listing,
                     const struct directory_entry *entry,
                     struct fuse_entry_out *described)
{
    struct inode inode;

    memset(described, 0, sizeof(*described));
    if (entry->end &&
        inode_read_next(&listing->inodes, entry->reference, &inode) == 0 &&
        directory_check_child(listing->parent, &inode) == 0)
        entry_describe(listing->image, entry->reference, &inode, described);
}

static bool add_entry(struct listing *listing,
                      const struct directory_entry *entry, uint64_t offset)
{
    size_t attributes_size =
        listing->has_attributes ? sizeof(struct fuse_entry_out) : 0;
    struct fuse_dirent *dirent;
    unsigned char *room = take_room(
        listing, attributes_size + FUSE_NAME_OFFSET + entry->name_length);

    if (!room)
        return false;
    if (listing->has_attributes)
        describe(listing, entry, (struct fuse_entry_out *)room);
    dirent = (struct fuse_dirent *)(room + attributes_size);
    dirent->ino = entry->number;
    dirent->off = offset;
    dirent->namelen = (uint32_t)entry->name_length;
    dirent->type = entry->type;
    memcpy(dirent->name, entry->name, entry->name_length);
    return true;
}

/* "." and "..", which the image does not store. The root is its own parent. */
static bool add_dots(struct listing *listing, uint64_t offset, bool is_root)
{
    struct directory_entry entry = {.type = DT_DIR, .name = ".."};

    for (; offset < OFFSET_DOTS; offset++) {
        entry.name_length = offset + 1;
        entry.number = offset == 0 || is_root ? listing->parent->number
                                              : listing->parent->parent;
        if (!add_entry(listing, &entry, offset + 1))
            return false;
    }
    return true;
}

/* Returns 0, or -1 with errno set if not even one entry could be read: after
   some, the next request meets the error at once. */
static int add_entries(struct listing *listing, uint32_t offset)
{
    struct directory directory;
    struct directory_entry entry;
    int status =
        directory_open(listing->image, listing->parent, offset, &directory);

    while (status >= 0) {
        status = directory_next(&directory, &entry);
        if (status <= 0 ||
            !add_entry(listing, &entry, (uint64_t)entry.end + OFFSET_DOTS))
            break;
    }
    directory_close(&directory);
    return status < 0 && !listing->used ? -1 : 0;
}

static int answer(struct request *request, bool has_attributes)
{
    const struct fuse_read_in *read = request_body(request, sizeof(*read));
    struct squashfs_image *image = request->session->image;
    bool is_root = request->input.head.nodeid == FUSE_ROOT_ID;
    struct inode inode;
    LISTING listing = {
        .image = image,
        .parent = &inode,
        .has_attributes = has_attributes,
        .inodes.image = image,
        .buffer = request->pieces.buffer,
    };
    uint64_t start;

    if (!read || read->offset > (uint64_t)UINT32_MAX + OFFSET_DOTS)
        return EINVAL;
    if (inode_read(image, request_reference(request), &inode) < 0)
        return errno;
    listing.size = read->size < request->pieces.length_max
                       ? read->size
                       : request->pieces.length_max;
    start = read->offset > OFFSET_DOTS ? read->offset - OFFSET_DOTS : 0;
    if (add_dots(&listing, read->offset, is_root) &&
        add_entries(&listing, (uint32_t)start) < 0)
        return errno;
    return request_reply(request, listing.buffer, listing.used);
}

int request_read_directory(struct request *request)
{
    return answer(request, false);
}

int request_read_directory_plus(struct request *request)
{
    return answer(request, true);
}
