#include "config.h"

#include "run/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/path.h"
#include "run/mount.h"
#include "run/overlay_claim.h"

#define REQUIRED(path)                                                         \
    {                                                                          \
        .source = (char *)(path), .destination = (char *)(path),               \
        .required = true                                                       \
    }
#define OPTIONAL(path)                                                         \
    {                                                                          \
        .source = (char *)(path), .destination = (char *)(path)                \
    }
#define CONFIGURATION(path)                                                    \
    {                                                                          \
        .source = (char *)(path), .destination = (char *)(path),               \
        .read_only = true                                                      \
    }

const struct bind BINDS_DEFAULT[] = {
    REQUIRED("/dev"),
    REQUIRED("/proc"),
    REQUIRED("/sys"),
    CONFIGURATION("/etc/hosts"),
    CONFIGURATION("/etc/machine-id"),
    CONFIGURATION("/etc/resolv.conf"),
    /* Authentication between the nodes of a cluster. */
    OPTIONAL("/var/run/munge"),
    /* Cray: the interconnect, and ALPS, its job launcher. */
    OPTIONAL("/var/lib/hugetlbfs"),
    OPTIONAL("/var/opt/cray/alps/spool"),
    OPTIONAL("/opt/cray/wlm_detect"),
    OPTIONAL("/opt/cray/alps"),
    OPTIONAL("/opt/cray/udreg"),
    OPTIONAL("/opt/cray/ugni"),
    OPTIONAL("/opt/cray/xpmem"),
    OPTIONAL("/opt/cray/dmapp"),
    OPTIONAL("/etc/opt/cray/wlm_detect"),
    OPTIONAL("/var/spool/alps"),
};
const size_t BINDS_DEFAULT_COUNT =
    sizeof(BINDS_DEFAULT) / sizeof(BINDS_DEFAULT[0]);

/* Where in the container a bind goes: heap, the caller frees; NULL with errno
   set. A relative source appears at its absolute path. */
static char *destination_of(const struct bind *bind)
{
    if (bind->destination)
        return strdup(bind->destination);
    if (bind->source[0] == '/')
        return strdup(bind->source);
    return realpath(bind->source, NULL);
}

static bool is_missing(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR;
}

/* Open the directory that `path` is in. What is bound there already is the
   host's, where we shall leave nothing: errno is then EXDEV. */
static int open_parent(const struct bind_root *root, const char *path)
{
    CLEANUP_FREE char *parent = strndup(path, strrchr(path, '/') - path);
    CLEANUP_CLOSE int fd = -1;

    if (!parent)
        return -1;
    fd = path_open_in_root(root->fd, *parent ? parent : "/",
                           O_PATH | O_DIRECTORY, 0);
    if (fd >= 0 && !mount_is_same(fd, root->fd) &&
        (root->tmp_fd < 0 || !mount_is_same(fd, root->tmp_fd))) {
        errno = EXDEV;
        return -1;
    }
    return take_fd(&fd);
}

/* Make the directory `path`, whose parent is there. That it exists already is
   fine: opening it will tell what it is. */
static int make_directory(const struct bind_root *root, const char *path)
{
    CLEANUP_CLOSE int parent_fd = open_parent(root, path);

    if (parent_fd < 0)
        return -1;
    if (mkdirat(parent_fd, strrchr(path, '/') + 1, 0755) < 0 && errno != EEXIST)
        return -1;
    return 0;
}

/* Make an empty file; a dangling symlink of the image is followed. */
static int make_file(const struct bind_root *root, const char *path)
{
    CLEANUP_CLOSE int parent_fd = open_parent(root, path);
    CLEANUP_CLOSE int fd = -1;

    if (parent_fd < 0)
        return -1;
    fd = path_open_in_root(root->fd, path, O_WRONLY | O_CREAT | O_NONBLOCK,
                           0644);
    return fd < 0 ? -1 : 0;
}

/* Make every directory of `path` below the root that is not there. The path is
   cut and mended in place. */
static int make_parents(const struct bind_root *root, char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        int made;

        *slash = '\0';
        made = make_directory(root, path);
        *slash = '/';
        if (made < 0)
            return -1;
    }
    return 0;
}

int bind_open_parent(const struct bind_root *root, const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);

    if (!copy || make_parents(root, copy) < 0)
        return -1;
    return open_parent(root, path);
}

/* Make the destination of a bind: a directory, or else an empty file. */
static int make_destination(const struct bind_root *root, const char *path,
                            bool directory, struct ch_error *err)
{
    CLEANUP_FREE char *copy = strdup(path);

    if (copy && make_parents(root, copy) == 0 &&
        (directory ? make_directory : make_file)(root, path) == 0)
        return 0;
    if (errno != EXDEV)
        return ch_error_set(err, errno, "cannot make bind destination \"%s\"",
                            path);
    ch_error_set(err, 0,
                 "cannot make bind destination \"%s\": it would be inside "
                 "another bind, on the host",
                 path);
    return ch_error_hint(err, "make it on the host first, or choose another "
                              "destination");
}

/* Open the destination below the root, or -1 with errno ENOENT if it is not
   there and is not to be made. */
static int open_destination(const struct bind_root *root, const char *path,
                            bool directory, bool make_missing,
                            struct ch_error *err)
{
    int fd = path_open_in_root(root->fd, path, O_PATH, 0);

    if (fd < 0 && is_missing(errno) && make_missing) {
        if (make_destination(root, path, directory, err) < 0)
            return -1;
        fd = path_open_in_root(root->fd, path, O_PATH, 0);
    }
    if (fd < 0) {
        int errnum = errno;

        ch_error_set(err, errnum,
                     "cannot find bind destination \"%s\" in the "
                     "image",
                     path);
        if (is_missing(errnum))
            ch_error_hint(err, "make it in the image, or use --write-fake");
        errno = errnum;
    }
    return fd;
}

static int refuse_kind(const struct bind *bind, const char *path,
                       bool directory, struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot bind \"%s\" to \"%s\": the source is a %s and the "
                 "destination is %s",
                 bind->source, path, directory ? "directory" : "file",
                 directory ? "not" : "a directory");
    if (!bind->image)
        return -1;
    return ch_error_hint(err, "a SquashFS image is mounted; to bind the file "
                              "itself, give the destination its name");
}

/* The path of what a bind shows, whatever it is called. */
static const char *source_path(const struct bind_root *root,
                               const struct bind *bind, char *buffer,
                               size_t size)
{
    if (!bind->image)
        return bind->source;
    snprintf(buffer, size, "/proc/self/fd/%d",
             root->image_fds[bind->image - 1]);
    return buffer;
}

/* While we build, the container is mounted on "/" (see root.c), and a copy of
   the host's root has that on it, too. Take it off. */
static int uncover_root(int root_fd, const char *path, struct ch_error *err)
{
    struct stat host, top;

    for (;;) {
        CLEANUP_CLOSE int fd =
            path_open_in_root(root_fd, path, O_PATH | O_DIRECTORY, 0);

        if (fd < 0 || fstat(fd, &top) < 0 || stat("/", &host) < 0)
            break;
        if (top.st_dev == host.st_dev && top.st_ino == host.st_ino)
            return 0;
        if (unmount_fd(fd) < 0)
            break;
    }
    return ch_error_set(err, errno, "cannot bind \"/\" to \"%s\"", path);
}

static bool is_host_root(const char *path)
{
    struct stat st, root;

    return stat(path, &st) == 0 && stat("/", &root) == 0 &&
           st.st_dev == root.st_dev && st.st_ino == root.st_ino;
}

/* The mount itself, both sides known and open. */
static int mount_checked(const struct log *log, int root_fd,
                         const struct bind *bind, const char *source,
                         const char *path, int destination_fd,
                         struct ch_error *err)
{
    log_trace(log, "bind: \"%s\" to \"%s\"%s", bind->source, path,
              bind->read_only ? ", read-only" : "");
    /* We are root of the namespace that owns the mounts. MS_REC, because the
       kernel does not let us show a directory without what is mounted on it. */
    if (mount_on_path(source, root_fd, path, destination_fd, NULL,
                      MS_BIND | MS_REC, NULL) < 0) {
        ch_error_set(err, errno, "cannot bind \"%s\" to \"%s\"", bind->source,
                     path);
        return cause_explain(CAUSES_MOUNT, err);
    }
    if (is_host_root(source) && uncover_root(root_fd, path, err) < 0)
        return -1;
    if (bind->read_only)
        return mount_make_read_only(root_fd, path, err);
    return 0;
}

int bind_mount(const struct log *log, const struct bind_root *root,
               const struct bind *bind, struct ch_error *err)
{
    CLEANUP_FREE char *path = destination_of(bind);
    CLEANUP_CLOSE int destination_fd = -1;
    char buffer[32]; /* "/proc/self/fd/" and a descriptor */
    const char *from = source_path(root, bind, buffer, sizeof(buffer));
    struct stat source, destination;

    if (!path || stat(from, &source) < 0) {
        if (!bind->required && is_missing(errno))
            return 0;
        return ch_error_set(err, errno, "cannot find bind source \"%s\"",
                            bind->source);
    }
    destination_fd = open_destination(root, path, S_ISDIR(source.st_mode),
                                      root->writable && bind->required, err);
    if (destination_fd < 0) {
        if (!bind->required && is_missing(errno)) {
            ch_error_clear(err);
            return 0;
        }
        return -1;
    }
    if (fstat(destination_fd, &destination) < 0)
        return ch_error_set(err, errno, "cannot examine \"%s\"", path);
    if (S_ISDIR(source.st_mode) != S_ISDIR(destination.st_mode))
        return refuse_kind(bind, path, S_ISDIR(source.st_mode), err);
    return mount_checked(log, root->fd, bind, from, path, destination_fd, err);
}

/* With --explain nothing is made that stays. */
static int bind_mount_or_predict(const struct log *log,
                                 const struct bind_root *root,
                                 const struct bind *bind, struct ch_error *err)
{
    struct explain_rule rule;
    bool missing = false;

    if (!root->explain)
        return bind_mount(log, root, bind, err);
    if (root->is_image &&
        bind_find_missing(root->fd, bind, 1, &missing, err) < 0)
        return -1;
    if (missing) {
        explain_predicted(root->explain, bind);
        return 0;
    }
    if (bind_mount(log, root, bind, err) < 0)
        return -1;
    rule = explain_rule_of_bind(bind);
    explain_mounts(root->explain, &rule, bind->source);
    return 0;
}

int bind_mount_all(const struct log *log, const struct bind_root *root,
                   const struct bind *binds, size_t count, struct ch_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (bind_mount_or_predict(log, root, &binds[i], err) < 0)
            return origin_blame(&binds[i].origin, err);
    return 0;
}

int bind_find_missing(int root_fd, const struct bind *binds, size_t count,
                      bool *missing, struct ch_error *err)
{
    *missing = false;
    for (size_t i = 0; i < count && !*missing; i++) {
        CLEANUP_FREE char *path = destination_of(&binds[i]);
        CLEANUP_CLOSE int fd = -1;

        if (!binds[i].required)
            continue;
        if (!path)
            return ch_error_set(err, errno, "cannot find bind source \"%s\"",
                                binds[i].source);
        fd = path_open_in_root(root_fd, path, O_PATH, 0);
        *missing = fd < 0 && is_missing(errno);
    }
    return 0;
}

int bind_claim(int lower_fd, int upper_fd, const struct bind *binds,
               size_t count, struct ch_error *err)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_FREE char *path = destination_of(&binds[i]);

        if (path && binds[i].required &&
            overlay_claim(lower_fd, upper_fd, path, err) < 0)
            return -1;
    }
    return 0;
}
