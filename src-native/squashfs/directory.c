#include "config.h"

#include "squashfs/directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "core/little_endian.h"
#include "squashfs/reader.h"

#define RUN_SIZE   12 /* of a run's header */
#define RUN_MAX    256
#define ENTRY_SIZE 8  /* of an entry before its name */
#define INDEX_SIZE 12 /* the same in the index */

/* A directory's size on disk counts three bytes for "." and "..". */
#define SIZE_EXTRA 3

static const unsigned char TYPES[] = {
    [1] = DT_DIR, [2] = DT_REG,  [3] = DT_LNK,  [4] = DT_BLK,
    [5] = DT_CHR, [6] = DT_FIFO, [7] = DT_SOCK,
};

static int damaged(void)
{
    errno = EIO;
    return -1;
}

static int compare(const char *a, size_t a_length, const char *b,
                   size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    if (order)
        return order;
    return (a_length > b_length) - (a_length < b_length);
}

/* --- going near a place ----------------------------------------------------
 */

/* One entry of the index: the run at `offset` of the listing, in the metadata
   block `block`, starts with this name. */
struct index_entry {
    uint32_t offset;
    uint32_t block;
    size_t name_length;
    char name[DIRECTORY_NAME_MAX];
};

static int read_index_entry(struct metadata_cursor *cursor,
                            struct index_entry *entry)
{
    unsigned char fixed[INDEX_SIZE];

    if (metadata_read(cursor, fixed, sizeof(fixed)) < 0)
        return -1;
    entry->offset = le32(fixed);
    entry->block = le32(fixed + 4);
    if (le32(fixed + 8) >= DIRECTORY_NAME_MAX)
        return damaged();
    entry->name_length = le32(fixed + 8) + 1;
    return metadata_read(cursor, entry->name, entry->name_length);
}

/* What is looked for: a name, or where that is NULL an offset. */
struct target {
    const char *name;
    size_t name_length;
    uint32_t offset;
};

static bool is_behind(const struct index_entry *entry,
                      const struct target *target)
{
    if (!target->name)
        return entry->offset > target->offset;
    return compare(entry->name, entry->name_length, target->name,
                   target->name_length) > 0;
}

/* Go to the last run in the index that is not behind the target. */
static int seek_by_index(struct directory *directory, const struct inode *inode,
                         const struct target *target)
{
    struct squashfs_image *image = directory->cursor.image;
    METADATA_CURSOR cursor = {.image = image};
    struct metadata_place place = inode->listing;
    struct index_entry entry;

    metadata_seek(&cursor, inode->tail, image->super.directory_table);
    for (uint32_t i = 0; i < inode->index_count; i++) {
        if (read_index_entry(&cursor, &entry) < 0)
            return -1;
        if (is_behind(&entry, target))
            break;
        if (entry.offset >= directory->size || entry.offset < directory->offset)
            return damaged();
        directory->offset = entry.offset;
        place.position = image->super.directory_table + entry.block;
    }
    place.offset =
        (inode->listing.offset + directory->offset) % METADATA_BLOCK_SIZE;
    metadata_seek(&directory->cursor, place, image->super.id_table);
    return 0;
}

static int open_near(struct squashfs_image *image, const struct inode *inode,
                     const struct target *target, struct directory *directory)
{
    *directory = (struct directory){.cursor.image = image};
    if (!S_ISDIR(inode->mode)) {
        errno = ENOTDIR;
        return -1;
    }
    if (inode->size > SIZE_EXTRA)
        directory->size = (uint32_t)inode->size - SIZE_EXTRA;
    return seek_by_index(directory, inode, target);
}

/* --- reading on ------------------------------------------------------------
 */

static int take(struct directory *directory, void *buffer, uint32_t length)
{
    if (length > directory->size - directory->offset)
        return damaged();
    if (metadata_read(&directory->cursor, buffer, length) < 0)
        return -1;
    directory->offset += length;
    return 0;
}

static int read_run(struct directory *directory)
{
    unsigned char run[RUN_SIZE];

    if (take(directory, run, sizeof(run)) < 0)
        return -1;
    if (le32(run) >= RUN_MAX)
        return damaged();
    directory->left_in_run = le32(run) + 1;
    directory->run_inodes = le32(run + 4);
    directory->run_number = le32(run + 8);
    return 0;
}

static int read_name(struct directory *directory, struct directory_entry *entry)
{
    const char *name = entry->name;
    size_t length = entry->name_length;

    if (take(directory, entry->name, (uint32_t)length) < 0)
        return -1;
    if (memchr(name, '/', length) || memchr(name, '\0', length))
        return damaged();
    if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
        return damaged();
    return 0;
}

int directory_next(struct directory *directory, struct directory_entry *entry)
{
    unsigned char fixed[ENTRY_SIZE];
    unsigned type;

    if (!directory->left_in_run) {
        if (directory->offset == directory->size)
            return 0;
        if (read_run(directory) < 0)
            return -1;
    }
    if (take(directory, fixed, sizeof(fixed)) < 0)
        return -1;
    type = le16(fixed + 4);
    if (type == 0 || type >= sizeof(TYPES) || le16(fixed + 6) >= NAME_MAX)
        return damaged();
    entry->reference = (uint64_t)directory->run_inodes << 16 | le16(fixed);
    entry->number = directory->run_number + (uint32_t)(int16_t)le16(fixed + 2);
    entry->type = TYPES[type];
    entry->name_length = le16(fixed + 6) + 1U;
    if (read_name(directory, entry) < 0)
        return -1;
    directory->left_in_run--;
    entry->end = directory->offset;
    return 1;
}

int directory_open(struct squashfs_image *image, const struct inode *inode,
                   uint32_t offset, struct directory *directory)
{
    struct target target = {.offset = offset};
    struct directory_entry skipped;
    int status;

    if (open_near(image, inode, &target, directory) < 0)
        return -1;
    while (directory->offset < offset) {
        status = directory_next(directory, &skipped);
        if (status <= 0)
            return status;
    }
    return 0;
}

void directory_close(struct directory *directory)
{
    metadata_close(&directory->cursor);
}

int directory_find(struct squashfs_image *image, const struct inode *inode,
                   const char *name, size_t length, uint64_t *reference)
{
    struct target target = {.name = name, .name_length = length};
    DIRECTORY directory = {.cursor.image = image};
    struct directory_entry entry;
    int status;

    if (open_near(image, inode, &target, &directory) < 0)
        return -1;
    while ((status = directory_next(&directory, &entry)) > 0) {
        if (entry.name_length == length &&
            memcmp(entry.name, name, length) == 0) {
            *reference = entry.reference;
            return 1;
        }
        /* Sorted, but not all writers agree how beyond the first byte. */
        if ((unsigned char)entry.name[0] > (unsigned char)name[0])
            return 0;
    }
    return status;
}

int directory_check_child(const struct inode *parent, const struct inode *child)
{
    if (S_ISDIR(child->mode) && child->parent != parent->number)
        return damaged();
    return 0;
}
