/* Resolution of a path below a directory descriptor. The kernel does it where
   it can: openat2(2) with RESOLVE_IN_ROOT. Elsewhere we walk: each component
   is opened with O_PATH|O_NOFOLLOW relative to the one before, symlinks are
   read and put in front of what is left of the path, and ".." is answered by
   opening the directory's own trail again from the root. The trail holds plain
   names only and none of them is followed, so that whatever is renamed
   meanwhile, the walk fails or stays below the root. */

#include "config.h"

#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "buffer.h"
#include "cleanup.h"
#include "compat.h"

/* As many as the kernel follows in one path (MAXSYMLINKS). */
#define SYMLINKS_MAX 40

/* openat2(2) says EAGAIN when a rename anywhere in the system raced with "..".
   On a busy host that can happen often; the walk has no such case. */
#define OPENAT2_TRIES 16

struct walk {
    int root_fd; /* borrowed */
    int at_fd;   /* the directory reached; root_fd or owned */
    struct buffer
        trail;  /* names from the root to at_fd, "/a/b"; "": the root */
    char *rest; /* heap; what is left to resolve begins at `next` */
    const char *next;
    int links; /* symlinks followed so far */
};

static void walk_release(struct walk *walk)
{
    if (walk->at_fd >= 0 && walk->at_fd != walk->root_fd)
        (void)close(walk->at_fd); /* O_PATH: nothing to lose */
    buffer_release(&walk->trail);
    free(walk->rest);
}

#define CLEANUP_WALK __attribute__((cleanup(walk_release)))

/* Go to the directory `fd`, which becomes the walk's. */
static void walk_move(struct walk *walk, int fd)
{
    if (walk->at_fd >= 0 && walk->at_fd != walk->root_fd)
        (void)close(walk->at_fd); /* O_PATH: nothing to lose */
    walk->at_fd = fd;
}

static int walk_descend(struct walk *walk, const char *name, int fd)
{
    size_t before = walk->trail.length;

    if (buffer_append(&walk->trail, "/", 1) < 0 ||
        buffer_append(&walk->trail, name, strlen(name)) < 0) {
        buffer_truncate(&walk->trail, before);
        (void)close(fd); /* O_PATH: nothing to lose */
        return -1;
    }
    walk_move(walk, fd);
    return 0;
}

/* ".." of a descriptor would leave the root if the directory has been moved
   out of it meanwhile: start again from the root instead. */
static int walk_ascend(struct walk *walk)
{
    char *last = strrchr(walk->trail.data, '/');
    char *name, *end;

    if (last)
        buffer_truncate(&walk->trail, (size_t)(last - walk->trail.data));
    walk_move(walk, walk->root_fd);
    for (name = walk->trail.data; *name; name = end) {
        CLEANUP_FREE char *copy = NULL;
        int fd;

        name++; /* the slash */
        end = strchrnul(name, '/');
        copy = strndup(name, (size_t)(end - name));
        if (!copy)
            return -1;
        fd = openat(walk->at_fd, copy,
                    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return -1;
        walk_move(walk, fd);
    }
    return 0;
}

/* Put the target of the symlink `fd` in front of what is left. */
static int walk_expand(struct walk *walk, int fd)
{
    char target[PATH_MAX];
    char *rest;
    ssize_t length;

    if (++walk->links > SYMLINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    length = readlinkat(fd, "", target, sizeof(target));
    if (length < 0)
        return -1;
    if (asprintf(&rest, "%.*s%s", (int)length, target, walk->next) < 0) {
        errno = ENOMEM;
        return -1;
    }
    free(walk->rest);
    walk->rest = rest;
    walk->next = rest;
    if (target[0] != '/')
        return 0;
    buffer_truncate(&walk->trail, 0);
    walk_move(walk, walk->root_fd);
    return 0;
}

/* Open `name` itself, whatever it is, and tell its type. */
static int open_entry(int dir_fd, const char *name, mode_t *type)
{
    CLEANUP_CLOSE int fd =
        openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    *type = st.st_mode & S_IFMT;
    return take_fd(&fd);
}

/* A component with more of the path behind it. */
static int walk_through(struct walk *walk, const char *name)
{
    CLEANUP_CLOSE int fd = -1;
    mode_t type;

    if (!strcmp(name, "."))
        return 0;
    if (!strcmp(name, ".."))
        return walk_ascend(walk);
    fd = open_entry(walk->at_fd, name, &type);
    if (fd < 0)
        return -1;
    if (type == S_IFLNK)
        return walk_expand(walk, fd);
    if (type != S_IFDIR) {
        errno = ENOTDIR;
        return -1;
    }
    return walk_descend(walk, name, take_fd(&fd));
}

/* The last component: open it as asked. If it is a symlink to be followed,
   put its target in front instead, set `*again` and return 0. */
static int walk_open_last(struct walk *walk, const char *name, int flags,
                          mode_t mode, bool *again)
{
    const int create_new = O_CREAT | O_EXCL;
    CLEANUP_CLOSE int fd = -1;
    mode_t type;

    *again = false;
    if ((flags & O_NOFOLLOW) || (flags & create_new) == create_new)
        return openat(walk->at_fd, name, flags | O_NOFOLLOW, mode);

    fd = open_entry(walk->at_fd, name, &type);
    if (fd < 0 && errno == ENOENT && (flags & O_CREAT))
        return openat(walk->at_fd, name, flags | O_NOFOLLOW, mode);
    if (fd < 0)
        return -1;
    if (type == S_IFLNK) {
        *again = true;
        return walk_expand(walk, fd);
    }
    /* Opening by name again might find a symlink put there meanwhile, which
       O_PATH|O_NOFOLLOW would hand out; the descriptor at hand is none. */
    if ((flags & O_PATH) && (type == S_IFDIR || !(flags & O_DIRECTORY)))
        return take_fd(&fd);
    return openat(walk->at_fd, name, flags | O_NOFOLLOW, mode);
}

/* Take the next component of what is left, in heap memory; NULL with errno 0
   at the end. */
static char *walk_next(struct walk *walk, bool *last)
{
    const char *start = walk->next + strspn(walk->next, "/");
    const char *end = strchrnul(start, '/');

    errno = 0;
    if (start == end)
        return NULL;
    walk->next = end;
    *last = *end == '\0';
    return strndup(start, (size_t)(end - start));
}

static int walk_run(struct walk *walk, int flags, mode_t mode)
{
    for (;;) {
        CLEANUP_FREE char *name = NULL;
        bool last, again = true;
        int fd;

        name = walk_next(walk, &last);
        if (!name)
            return errno ? -1 : openat(walk->at_fd, ".", flags, mode);
        if (last && strcmp(name, ".") && strcmp(name, ".."))
            fd = walk_open_last(walk, name, flags, mode, &again);
        else
            fd = walk_through(walk, name);
        if (fd < 0 || !again)
            return fd;
    }
}

int path_walk_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
    CLEANUP_WALK struct walk walk = {
        .root_fd = root_fd,
        .at_fd = root_fd,
        .rest = strdup(path),
    };

    if (!walk.rest || buffer_append(&walk.trail, "", 0) < 0)
        return -1;
    /* As openat2(2) has it. */
    if (path[0] == '\0' || strlen(path) >= PATH_MAX) {
        errno = path[0] ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    walk.next = walk.rest;
    return walk_run(&walk, flags | O_CLOEXEC, mode);
}

int path_open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
    /* Unlike openat(2), it refuses a mode that has no use. */
    bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = creates ? mode & 07777 : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd = -1;
    int tries;

    for (tries = 0; tries < OPENAT2_TRIES; tries++) {
        fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    /* EPERM comes from the system call filters of old container engines; if
       it is the file's own, the walk will meet it too. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
        return path_walk_in_root(root_fd, path, flags, mode);
    return (int)fd;
}

char *path_normalise(const char *path)
{
    CLEANUP_FREE char *clean = malloc(strlen(path) + 1);
    size_t length = 0;

    if (!clean)
        return NULL;
    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        size_t name = strcspn(path, "/");

        if (name == 2 && !strncmp(path, "..", 2)) {
            errno = EINVAL;
            return NULL;
        }
        if (name != 1 || *path != '.') {
            if (length)
                clean[length++] = '/';
            memcpy(clean + length, path, name);
            length += name;
        }
        path += name;
    }
    clean[length] = '\0';
    return take_ptr(clean);
}
