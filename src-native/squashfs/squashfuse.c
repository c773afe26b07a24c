/* The engine that is libsquashfuse_ll: its low-level FUSE operations, in
   libfuse's single-threaded loop.

   Its headers include the config.h that squashfuse was built with, which some
   releases do not install and which would hide ours: the guard below keeps it
   out, and the few answers from it that matter are given here. They hold for
   every release since 0.1.105, built for libfuse 3. */

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define SQFS_CONFIG_H
#define FUSE_USE_VERSION 32
#define HAVE_LINUX_TYPES_LE16
#define HAVE_FUSE_LL_FORGET_OP_64T

#include "squashfs/squashfuse.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes" /* theirs, not ours */
#include <ll.h>
#pragma GCC diagnostic pop

#include "squashfs/record.h"

#define KEPT_MEMORY (32 << 20) /* the most malloc(3) takes for either */

struct squashfs_image {
    sqfs_ll ll; /* first: the library's operations are given this alone */
    uid_t uid;
    gid_t gid;
    struct record *record; /* NULL where nobody wants to know */
};

/* sqfs_ll_op_forget() counts in unsigned long in some releases and in uint64_t
   in others; libfuse 3 wants the latter. */
static void forget(fuse_req_t request, fuse_ino_t inode, uint64_t lookups)
{
    sqfs_ll_op_forget(request, inode, lookups);
}

/* The kernel keeps symlinks too: /bin and /lib are symlinks in most images, and
   every path through one would ask again. */
static void init(void *image, struct fuse_conn_info *connection)
{
    (void)image;
    if (connection->capable & FUSE_CAP_CACHE_SYMLINKS)
        connection->want |= FUSE_CAP_CACHE_SYMLINKS;
}

/* --- everything is the user's ----------------------------------------------

   In an unpacked image all is the user's. An image file holds whatever ids its
   maker had, and most of them have no meaning in the user namespace that owns
   the mount: the kernel would show nobody, and an overlay would refuse every
   change. So these two answer like the library's own, but with the one uid and
   gid that they are told. */

/* Seconds; an image does not change while it is mounted. */
#define FOR_EVER 1e9

static off_t size_of(const sqfs_inode *inode)
{
    if (S_ISREG(inode->base.mode))
        return (off_t)inode->xtra.reg.file_size;
    if (S_ISDIR(inode->base.mode))
        return inode->xtra.dir.dir_size;
    if (S_ISLNK(inode->base.mode))
        return (off_t)inode->xtra.symlink_size;
    return 0;
}

static struct stat attributes_of(const sqfs_ll *ll, const sqfs_inode *inode,
                                 fuse_ino_t number)
{
    const struct squashfs_image *image = (const struct squashfs_image *)ll;
    struct stat st = {
        .st_ino = number,
        .st_mode = inode->base.mode,
        .st_nlink = (nlink_t)inode->nlink,
        .st_uid = image->uid,
        .st_gid = image->gid,
        .st_mtime = inode->base.mtime,
        .st_ctime = inode->base.mtime,
        .st_atime = inode->base.mtime,
        .st_size = size_of(inode),
        .st_blksize = ll->fs.sb.block_size,
    };

    st.st_blocks = (st.st_size + 511) / 512;
    if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
        st.st_rdev = makedev((unsigned)inode->xtra.dev.major,
                             (unsigned)inode->xtra.dev.minor);
    return st;
}

static void getattr(fuse_req_t request, fuse_ino_t number,
                    struct fuse_file_info *file)
{
    sqfs_ll_i found;
    struct stat st;

    (void)file;
    if (sqfs_ll_iget(request, &found, number) != SQFS_OK)
        return; /* it has replied */
    st = attributes_of(found.ll, &found.inode, number);
    (void)fuse_reply_attr(request, &st, FOR_EVER); /* as below */
}

/* Replace the directory's inode in `in` by that of its entry `name`, which is
   written to `entry`, too. Returns 0 or an errno value. */
static int find_entry(sqfs_ll_i *in, const char *name, sqfs_dir_entry *entry)
{
    bool found;

    if (!S_ISDIR(in->inode.base.mode))
        return ENOTDIR;
    if (sqfs_dir_lookup(&in->ll->fs, &in->inode, name, strlen(name), entry,
                        &found) != SQFS_OK)
        return EIO;
    if (!found)
        return ENOENT;
    if (sqfs_inode_get(&in->ll->fs, &in->inode, sqfs_dentry_inode(entry)) !=
        SQFS_OK)
        return EIO;
    return 0;
}

static void lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param answer = {.attr_timeout = FOR_EVER,
                                      .entry_timeout = FOR_EVER};
    sqfs_name buffer;
    sqfs_dir_entry entry;
    sqfs_ll_i in;
    int errnum;

    if (sqfs_ll_iget(request, &in, parent) != SQFS_OK)
        return; /* it has replied */
    sqfs_dentry_init(&entry, buffer);
    errnum = find_entry(&in, name, &entry);
    if (errnum == 0) {
        answer.ino = in.ll->ino_register(in.ll, &entry);
        answer.attr = attributes_of(in.ll, &in.inode, answer.ino);
        record_name(((struct squashfs_image *)in.ll)->record, parent, name,
                    answer.ino);
    }
    /* Inode 0 tells the kernel to remember that there is nothing. If replying
       fails, nobody waits for it any more. */
    if (errnum == 0 || errnum == ENOENT)
        (void)fuse_reply_entry(request, &answer);
    else
        (void)fuse_reply_err(request, errnum);
}

static void read_file(fuse_req_t request, fuse_ino_t number, size_t size,
                      off_t offset, struct fuse_file_info *file)
{
    const struct squashfs_image *image = fuse_req_userdata(request);

    record_read(image->record, number);
    sqfs_ll_op_read(request, number, size, offset, file);
}

static const struct fuse_lowlevel_ops OPERATIONS = {
    .init = init,
    .create = sqfs_ll_op_create,
    .forget = forget,
    .getattr = getattr,
    .getxattr = sqfs_ll_op_getxattr,
    .listxattr = sqfs_ll_op_listxattr,
    .lookup = lookup,
    .open = sqfs_ll_op_open,
    .opendir = sqfs_ll_op_opendir,
    .read = read_file,
    .readdir = sqfs_ll_op_readdir,
    .readlink = sqfs_ll_op_readlink,
    .release = sqfs_ll_op_release,
    .releasedir = sqfs_ll_op_releasedir,
    .statfs = stfs_ll_op_statfs,
};

/* The library opens an image of which nothing but the superblock is sound, and
   then finds no file in it. */
static bool is_root_readable(sqfs *fs)
{
    sqfs_inode inode;
    sqfs_dir dir;
    sqfs_dir_entry entry;
    sqfs_err status = sqfs_inode_get(fs, &inode, sqfs_inode_root(fs));

    if (status != SQFS_OK || !S_ISDIR(inode.base.mode) ||
        sqfs_dir_open(fs, &inode, &dir, 0) != SQFS_OK)
        return false;
    sqfs_dentry_init(&entry, NULL);
    (void)sqfs_dir_next(fs, &dir, &entry, &status); /* false if it is empty */
    return status == SQFS_OK;
}

static sqfs_ll *open_by_library(const struct squashfs_place *place)
{
    char path[32]; /* "/proc/self/fd/" and a descriptor */

    snprintf(path, sizeof(path), "/proc/self/fd/%d", place->fd);
    return sqfs_ll_open(path, place->offset);
}

static int open_library(struct squashfs_image *image,
                        const struct squashfs_place *place,
                        struct ch_error *err)
{
    sqfs_ll *ll = open_by_library(place);

    if (ll) {
        image->ll = *ll;
        free(ll);
        if (is_root_readable(&image->ll.fs))
            return 0;
        sqfs_ll_destroy(&image->ll);
    }
    return ch_error_set(err, 0,
                        "libsquashfuse cannot read the image: it is damaged, "
                        "or compressed in a way that this libsquashfuse does "
                        "not know");
}

struct squashfs_image *squashfuse_open(const struct squashfs_place *place,
                                       const struct squashfs_settings *settings,
                                       struct ch_error *err)
{
    struct squashfs_image *image = calloc(1, sizeof(*image));

    if (!image || record_open(settings, &image->record) < 0) {
        free(image);
        ch_error_set(err, errno, "cannot open the image");
        return NULL;
    }
    image->uid = settings->uid;
    image->gid = settings->gid;
    if (open_library(image, place, err) == 0)
        return image;
    record_close(image->record);
    free(image);
    return NULL;
}

void squashfuse_close(struct squashfs_image *image)
{
    sqfs_ll_destroy(&image->ll);
    record_close(image->record);
    free(image);
}

/* Take over what is mounted, and say in `channel` how to go on. */
static int take_channel(struct squashfs_image *image, int fuse_fd,
                        sqfs_ll_chan *channel, struct ch_error *err)
{
    char *arguments[] = {(char *)"squashfuse", NULL};
    struct fuse_args args = FUSE_ARGS_INIT(1, arguments);
    char mountpoint[32]; /* "/dev/fd/" and a descriptor: libfuse's way to say
                            that it is mounted */
    sqfs_err status;

    snprintf(mountpoint, sizeof(mountpoint), "/dev/fd/%d", fuse_fd);
    memset(channel, 0, sizeof(*channel));
    status = sqfs_ll_mount(channel, mountpoint, &args,
                           (struct fuse_lowlevel_ops *)&OPERATIONS,
                           sizeof(OPERATIONS), &image->ll);
    fuse_opt_free_args(&args);
    if (status == SQFS_OK)
        return 0;
    return ch_error_set(err, 0, "cannot start a FUSE session");
}

/* ENODEV is how the kernel says that the mount is gone: libfuse then ends its
   loop with success, but an unmount may also show as ENOENT or ECONNABORTED. */
static int run_session(const sqfs_ll_chan *channel, struct ch_error *err)
{
    int status = fuse_session_loop(channel->session);

    if (status >= 0 || status == -ENODEV || status == -ECONNABORTED)
        return 0;
    return ch_error_set(err, -status, "cannot go on serving the image");
}

/* The library allocates and frees a buffer for every block. Let malloc(3) keep
   that memory instead of giving it back to the kernel each time, which costs a
   page fault for every 4 KiB of file. This process does nothing else. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_MEMORY);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
}

/* libfuse complains on standard error when the kernel ends a mount while it
   reads, as every mount here ends. Returns a copy of standard error to be put
   back, -1 if there is none to be had: then the complaint is seen. */
static int silence_standard_error(void)
{
    int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

    if (kept >= 0)
        (void)dup2(STDOUT_FILENO, STDERR_FILENO); /* which is /dev/null */
    return kept;
}

static void restore_standard_error(int kept)
{
    if (kept < 0)
        return;
    (void)dup2(kept, STDERR_FILENO); /* both are open */
    (void)close(kept);               /* a copy */
}

int squashfuse_serve(struct squashfs_image *image, int fuse_fd,
                     void (*ready)(void *context), void *context,
                     struct ch_error *err)
{
    sqfs_ll_chan channel;
    int kept, status;

    keep_memory();
    if (take_channel(image, fuse_fd, &channel, err) < 0)
        return -1;
    ready(context);
    kept = silence_standard_error();
    status = run_session(&channel, err);
    restore_standard_error(kept);
    fuse_session_destroy(channel.session);
    return status;
}
