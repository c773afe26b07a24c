#include "config.h"

#include "squashfs/damage.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "squashfs/directory.h"
#include "squashfs/reader.h"

#define REPORTS_MAX 16

/* Where a search gives up: in a tree that is too large, or too deep for the
   stack of a thread. */
#define ENTRIES_MAX 1000000
#define DEPTH_MAX   64

/* A path with room for all around it. */
#define TEXT_SIZE (PATH_MAX + 128)

void damage_log_init(struct damage_log *log,
                     void (*report)(void *context, const char *text),
                     void *context)
{
    *log = (struct damage_log){.report = report, .context = context};
    (void)pthread_mutex_init(&log->mutex, NULL); /* cannot fail */
}

void damage_log_clear(struct damage_log *log)
{
    (void)pthread_mutex_destroy(&log->mutex); /* not locked */
}

/* --- whose inode it is -----------------------------------------------------
 */

struct search {
    struct squashfs_image *image;
    uint64_t wanted;
    unsigned left; /* entries that may still be looked at */
    unsigned depth;
    size_t length;
    char path[PATH_MAX];
};

static bool search_directory(struct search *search, uint64_t reference);

/* Is it this entry, or below it? The path grows by the name meanwhile, and
   stays so if it is. */
static bool search_entry(struct search *search,
                         const struct directory_entry *entry)
{
    size_t length = search->length;
    bool is_found = entry->reference == search->wanted;

    if (length + 1 + entry->name_length >= sizeof(search->path))
        return false;
    search->path[length] = '/';
    memcpy(search->path + length + 1, entry->name, entry->name_length);
    search->length += 1 + entry->name_length;
    if (!is_found && entry->type == DT_DIR)
        is_found = search_directory(search, entry->reference);
    if (!is_found)
        search->length = length;
    return is_found;
}

static bool search_directory(struct search *search, uint64_t reference)
{
    DIRECTORY directory = {.cursor.image = search->image};
    struct directory_entry entry;
    struct inode inode;
    bool is_found = false;

    if (search->depth == DEPTH_MAX ||
        inode_read(search->image, reference, &inode) < 0 ||
        directory_open(search->image, &inode, 0, &directory) < 0)
        return false;
    search->depth++;
    while (!is_found && search->left &&
           directory_next(&directory, &entry) > 0) {
        search->left--;
        is_found = search_entry(search, &entry);
    }
    search->depth--;
    return is_found;
}

/* Fill in `path`; false if it was not found. */
static bool find_path(struct search *search)
{
    uint64_t root = search->image->super.root_inode;

    if (search->wanted == root)
        search->path[search->length++] = '/';
    else if (!search_directory(search, root))
        return false;
    search->path[search->length] = '\0';
    return true;
}

/* --- saying it -------------------------------------------------------------
 */

/* Returns how many reports there were before this; REPORTS_MAX or more if it is
   not to be made. */
static unsigned count_report(struct damage_log *log, uint64_t reference,
                             uint64_t offset)
{
    unsigned count = REPORTS_MAX;

    pthread_mutex_lock(&log->mutex);
    if (!log->count || log->last.reference != reference ||
        log->last.offset != offset) {
        count = log->count;
        if (log->count < REPORTS_MAX)
            log->count++;
    }
    log->last.reference = reference;
    log->last.offset = offset;
    pthread_mutex_unlock(&log->mutex);
    return count;
}

void damage_report(struct squashfs_image *image, const char *action,
                   uint64_t reference, uint64_t offset)
{
    struct damage_log *log = &image->damage;
    struct search search = {
        .image = image, .wanted = reference, .left = ENTRIES_MAX};
    char text[TEXT_SIZE];
    unsigned count;

    if (!log->report)
        return;
    count = count_report(log, reference, offset);
    if (count >= REPORTS_MAX)
        return;
    if (find_path(&search))
        snprintf(text, sizeof(text), "cannot %s \"%s\" at offset %" PRIu64 "%s",
                 action, search.path, offset,
                 count == REPORTS_MAX - 1 ? "; no more is reported" : "");
    else
        snprintf(text, sizeof(text),
                 "cannot %s the inode at 0x%" PRIx64 " at offset %" PRIu64 "%s",
                 action, reference, offset,
                 count == REPORTS_MAX - 1 ? "; no more is reported" : "");
    log->report(log->context, text);
}
