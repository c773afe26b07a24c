#include "config.h"

#include "directory_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "path.h"

#define CAPACITY_MIN 256

static int list_reserve(struct directory_list *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : CAPACITY_MIN;
    struct directory_record *records;

    if (list->count < list->capacity)
        return 0;
    records = realloc(list->records, capacity * sizeof(*records));
    if (!records)
        return -1;
    list->records = records;
    list->capacity = capacity;
    return 0;
}

int directory_list_add(struct directory_list *list, const char *path, int fd,
                       mode_t mode, struct timespec mtime)
{
    struct directory_record *record;
    struct stat st;
    char *copy;

    if (fstat(fd, &st) < 0 || list_reserve(list) < 0)
        return -1;
    copy = strdup(path);
    if (!copy)
        return -1;
    record = &list->records[list->count++];
    *record = (struct directory_record){
        .path = copy,
        .dev = st.st_dev,
        .ino = st.st_ino,
        .mode = mode,
        .mtime = mtime,
    };
    return 0;
}

/* The directory of a record; -1 if something else has taken its place since,
   perhaps by a symlink on the way to it. */
static int record_open(const struct directory_record *record, int root_fd)
{
    CLEANUP_CLOSE int fd =
        path_open_in_root(root_fd, *record->path ? record->path : ".",
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (st.st_dev != record->dev || st.st_ino != record->ino)
        return -1;
    return take_fd(&fd);
}

static int record_apply(const struct directory_record *record, int root_fd,
                        struct ch_error *err)
{
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, record->mtime};
    CLEANUP_CLOSE int fd = record_open(record, root_fd);

    if (fd < 0)
        return 0;
    if (fchmod(fd, record->mode) < 0 || futimens(fd, times) < 0)
        return ch_error_set(err, errno, "cannot set attributes of \"%s\"",
                            record->path);
    return 0;
}

/* In the order they came: of two records of one directory the newer wins. No
   order among different directories is needed, because every mode lets the
   owner in, and setting attributes changes no other directory's time. */
int directory_list_apply(const struct directory_list *list, int root_fd,
                         struct ch_error *err)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (record_apply(&list->records[i], root_fd, err) < 0)
            return -1;
    return 0;
}

void directory_list_release(struct directory_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        free(list->records[i].path);
    free(list->records);
    *list = (struct directory_list){0};
}
