/* A stack of levels, each with the names of its directory read in full, so
   that deleting them or adding others cannot disturb the reading. Only the
   deepest levels keep their descriptor: one that was closed is opened again as
   ".." of its child, and the device and inode numbers tell whether that is
   still the same directory. */

#include "config.h"

#include "tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define OPEN_LEVELS_MAX 32

struct tree_level {
    int fd; /* -1 while closed */
    dev_t dev;
    ino_t ino;
    struct buffer names; /* of each entry its type, its name, and a NUL */
    const char **sorted; /* into `names` */
    size_t count, next;
    size_t path_length; /* of the directory's own path */
};

static void level_release(struct tree_level *level)
{
    cleanup_close(&level->fd);
    buffer_release(&level->names);
    free(level->sorted);
}

/* --- reading a directory --- */

/* d_type, looked up where the file system does not tell. */
static int entry_type(int dir_fd, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    return IFTODT(st.st_mode);
}

static int add_name(struct tree_level *level, const struct dirent *entry)
{
    int type;
    char byte;

    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
        return 0;
    type = entry_type(level->fd, entry);
    if (type < 0)
        return errno == ENOENT ? 0 : -1; /* deleted meanwhile */
    byte = (char)type;
    if (buffer_append(&level->names, &byte, 1) < 0 ||
        buffer_append(&level->names, entry->d_name, strlen(entry->d_name) + 1) <
            0)
        return -1;
    level->count++;
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    /* Behind the type; bytes count as unsigned, as strcmp() has it. */
    return strcmp(*(const char *const *)left + 1,
                  *(const char *const *)right + 1);
}

static int sort_names(struct tree_level *level)
{
    const char *name = level->names.data;
    size_t i;

    if (!level->count)
        return 0;
    level->sorted = malloc(level->count * sizeof(*level->sorted));
    if (!level->sorted)
        return -1;
    for (i = 0; i < level->count; i++) {
        level->sorted[i] = name;
        name += 1 + strlen(name + 1) + 1;
    }
    qsort(level->sorted, level->count, sizeof(*level->sorted), compare_names);
    return 0;
}

/* Returns 0, or -1 with errno set. */
static int read_names(struct tree_level *level)
{
    CLEANUP_CLOSEDIR DIR *dir = NULL;
    struct dirent *entry;
    int copy = fcntl(level->fd, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return -1;
    dir = fdopendir(copy);
    if (!dir) {
        (void)close(copy); /* nothing was done with it */
        return -1;
    }
    while ((errno = 0, entry = readdir(dir)))
        if (add_name(level, entry) < 0)
            return -1;
    return errno ? -1 : sort_names(level);
}

/* --- levels --- */

static struct tree_level *top_level(struct tree_walk *walk)
{
    return &walk->levels[walk->depth - 1];
}

static int reserve_level(struct tree_walk *walk)
{
    size_t capacity = walk->capacity ? 2 * walk->capacity : 16;
    struct tree_level *levels;

    if (walk->depth < walk->capacity)
        return 0;
    levels = realloc(walk->levels, capacity * sizeof(*levels));
    if (!levels)
        return -1;
    walk->levels = levels;
    walk->capacity = capacity;
    return 0;
}

/* Returns 0, or -1 with errno set. */
static int push_level(struct tree_walk *walk, int fd)
{
    struct tree_level *level;
    struct stat st;

    if (reserve_level(walk) < 0) {
        (void)close(fd); /* opened for reading only */
        return -1;
    }
    level = &walk->levels[walk->depth++];
    *level = (struct tree_level){.fd = fd, .path_length = walk->path.length};
    if (fstat(fd, &st) < 0 || read_names(level) < 0)
        return -1;
    level->dev = st.st_dev;
    level->ino = st.st_ino;
    if (walk->depth > OPEN_LEVELS_MAX) {
        level = &walk->levels[walk->depth - 1 - OPEN_LEVELS_MAX];
        cleanup_close(&level->fd);
        level->fd = -1;
    }
    return 0;
}

static const char *walk_path(const struct tree_walk *walk)
{
    return walk->path.length ? walk->path.data : ".";
}

static int enter(struct tree_walk *walk, int fd, struct ch_error *err)
{
    if (push_level(walk, fd) < 0)
        return ch_error_set(err, errno, "cannot read directory \"%s\"",
                            walk_path(walk));
    return 0;
}

/* Give the level above the top its descriptor back, if it was closed. */
static int reopen_parent(struct tree_walk *walk, struct ch_error *err)
{
    struct tree_level *child = top_level(walk);
    struct tree_level *parent = child - 1;
    struct stat st;

    if (parent->fd >= 0)
        return 0;
    parent->fd = openat(child->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent->fd < 0 || fstat(parent->fd, &st) < 0)
        return ch_error_set(err, errno, "cannot leave directory \"%s\"",
                            walk_path(walk));
    if (st.st_dev != parent->dev || st.st_ino != parent->ino)
        return ch_error_set(err, 0,
                            "cannot leave directory \"%s\": it was moved",
                            walk_path(walk));
    return 0;
}

/* --- walking --- */

int tree_walk_start(struct tree_walk *walk, int fd, struct ch_error *err)
{
    return enter(walk, fd, err);
}

/* The path of `name` in the top level's directory. */
static int set_path(struct tree_walk *walk, const char *name)
{
    buffer_truncate(&walk->path, top_level(walk)->path_length);
    if (walk->path.length && buffer_append(&walk->path, "/", 1) < 0)
        return -1;
    return buffer_append(&walk->path, name, strlen(name));
}

/* The top level is done: go back to the directory that holds it. */
static int leave(struct tree_walk *walk, struct tree_node *node,
                 struct ch_error *err)
{
    buffer_truncate(&walk->path, top_level(walk)->path_length);
    if (reopen_parent(walk, err) < 0)
        return -1;
    level_release(top_level(walk));
    walk->depth--;
    *node = (struct tree_node){
        .event = TREE_LEAVE,
        .dir_fd = top_level(walk)->fd,
        .name = top_level(walk)->sorted[top_level(walk)->next - 1] + 1,
        .path = walk_path(walk),
    };
    return 1;
}

int tree_walk_next(struct tree_walk *walk, struct tree_node *node,
                   struct ch_error *err)
{
    struct tree_level *level = top_level(walk);
    const char *entry;

    if (level->next == level->count)
        return walk->depth == 1 ? 0 : leave(walk, node, err);
    entry = level->sorted[level->next++];
    if (set_path(walk, entry + 1) < 0)
        return ch_error_set(err, errno, "cannot read directory \"%s\"",
                            walk_path(walk));
    *node = (struct tree_node){
        .event = entry[0] == DT_DIR ? TREE_DIRECTORY : TREE_OTHER,
        .dir_fd = level->fd,
        .name = entry + 1,
        .path = walk_path(walk),
    };
    return 1;
}

int tree_walk_enter(struct tree_walk *walk, int fd, struct ch_error *err)
{
    return enter(walk, fd, err);
}

void tree_walk_release(struct tree_walk *walk)
{
    while (walk->depth > 0) {
        level_release(top_level(walk));
        walk->depth--;
    }
    free(walk->levels);
    buffer_release(&walk->path);
    *walk = (struct tree_walk){0};
}
