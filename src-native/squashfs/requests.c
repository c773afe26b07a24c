#include "config.h"

#include "squashfs/requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "squashfs/directory.h"

/* For ever: 68 years. The kernel would take larger numbers, but adds to them.
 */
#define FOR_EVER INT32_MAX

/* What a program that asks how much to read at once is told. More would make
   standard I/O allocate more than most files have. */
#define PREFERRED_SIZE 4096

/* --- parts of replies ------------------------------------------------------
 */

const void *request_body(const struct request *request, size_t size)
{
    size_t head = sizeof(request->input.head);

    return request->length - head < size ? NULL : request->input.bytes + head;
}

static void reply_pieces(const struct request *request, int errnum,
                         const struct iovec *pieces, size_t count,
                         size_t length)
{
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof(head) + length),
        .error = -errnum,
        .unique = request->input.head.unique,
    };

    request->reply[0] = (struct iovec){&head, sizeof(head)};
    if (count)
        memcpy(request->reply + 1, pieces, count * sizeof(*pieces));
    /* Fails if the request was withdrawn meanwhile: then nobody waits. */
    (void)!writev(request->session->fuse_fd, request->reply, (int)count + 1);
    statistics_add(&request->session->image->statistics.bytes_sent, head.len);
}

int request_reply(const struct request *request, const void *body,
                  size_t length)
{
    struct iovec piece = {(void *)body, length};

    reply_pieces(request, 0, &piece, length ? 1 : 0, length);
    return 0;
}

/* References start at 0, node ids at 1, which is the root's. */
uint64_t node_id(const struct squashfs_image *image, uint64_t reference)
{
    return reference == image->super.root_inode ? FUSE_ROOT_ID : reference + 2;
}

uint64_t request_reference(const struct request *request)
{
    uint64_t id = request->input.head.nodeid;

    return id == FUSE_ROOT_ID ? request->session->image->super.root_inode
                              : id - 2;
}

void inode_describe(const struct squashfs_image *image,
                    const struct inode *inode, struct fuse_attr *attributes)
{
    *attributes = (struct fuse_attr){
        .ino = inode->number,
        .size = inode->size,
        .atime = inode->mtime,
        .mtime = inode->mtime,
        .ctime = inode->mtime,
        .mode = inode->mode,
        .nlink = inode->link_count,
        .uid = image->uid,
        .gid = image->gid,
        .rdev = inode->device,
        .blksize = PREFERRED_SIZE,
    };
    if (S_ISREG(inode->mode))
        attributes->blocks = (inode->size - inode->sparse + 511) / 512;
}

void entry_describe(const struct squashfs_image *image, uint64_t reference,
                    const struct inode *inode, struct fuse_entry_out *entry)
{
    *entry = (struct fuse_entry_out){
        .nodeid = node_id(image, reference),
        .entry_valid = FOR_EVER,
        .attr_valid = FOR_EVER,
    };
    inode_describe(image, inode, &entry->attr);
}

static int read_own_inode(const struct request *request, struct inode *inode)
{
    return inode_read(request->session->image, request_reference(request),
                      inode);
}

/* --- the answers -----------------------------------------------------------
 */

static uint16_t choose_max_pages(void)
{
    return (uint16_t)(SESSION_READ_SIZE / (size_t)sysconf(_SC_PAGESIZE));
}

/* A kernel of another major version hears ours, and asks again in it or gives
   up. */
static int answer_init(struct request *request)
{
    const struct init_request *init = request_body(request, sizeof(*init));
    const uint32_t wanted = FUSE_ASYNC_READ | FUSE_EXPORT_SUPPORT |
                            FUSE_DO_READDIRPLUS | FUSE_NO_OPEN_SUPPORT |
                            FUSE_NO_OPENDIR_SUPPORT | FUSE_PARALLEL_DIROPS |
                            FUSE_MAX_PAGES | FUSE_CACHE_SYMLINKS;
    struct init_reply reply = {.major = FUSE_KERNEL_VERSION,
                               .minor = PROTOCOL_MINOR_MAX};

    if (!init || init->major < FUSE_KERNEL_VERSION ||
        (init->major == FUSE_KERNEL_VERSION &&
         init->minor < PROTOCOL_MINOR_MIN))
        return EPROTO;
    if (init->major == FUSE_KERNEL_VERSION) {
        if (init->minor < reply.minor)
            reply.minor = init->minor;
        reply.flags = init->flags & wanted;
        if (request->session->image->record)
            reply.flags &= ~(uint32_t)FUSE_DO_READDIRPLUS;
        reply.max_readahead = init->max_readahead;
        reply.max_background = 64;
        reply.congestion_threshold = 48;
        reply.max_write = 4096;       /* the least allowed */
        reply.time_gran = 1000000000; /* whole seconds */
        reply.max_pages = choose_max_pages();
        request->session->may_skip_opendir =
            reply.flags & FUSE_NO_OPENDIR_SUPPORT;
    }
    return request_reply(request, &reply, sizeof(reply));
}

/* That there is no such name is worth remembering too: it is an entry without
   a node. */
static int answer_negatively(const struct request *request)
{
    struct fuse_entry_out entry = {.entry_valid = FOR_EVER};

    return request_reply(request, &entry, sizeof(entry));
}

/* "." is asked for by those who serve the file system on, by NFS; ".." too, but
   the image does not tell where a parent is. Returns as directory_find(). */
static int find_child(const struct request *request, const struct inode *parent,
                      uint64_t *reference, struct inode *child)
{
    struct squashfs_image *image = request->session->image;
    const char *name = request_body(request, 1);
    int found;

    if (!name) {
        errno = EPROTO;
        return -1;
    }
    if (strcmp(name, ".") == 0) {
        *reference = request_reference(request);
        *child = *parent;
        return 1;
    }
    found = directory_find(image, parent, name, strlen(name), reference);
    if (found <= 0)
        return found;
    if (inode_read(image, *reference, child) < 0 ||
        directory_check_child(parent, child) < 0)
        return -1;
    return 1;
}

static int answer_lookup(struct request *request)
{
    struct inode parent, child;
    struct fuse_entry_out entry;
    uint64_t reference;
    int found;

    if (read_own_inode(request, &parent) < 0)
        return errno;
    found = find_child(request, &parent, &reference, &child);
    if (found < 0)
        return errno;
    if (!found)
        return answer_negatively(request);
    entry_describe(request->session->image, reference, &child, &entry);
    record_name(request->session->image->record, request->input.head.nodeid,
                request_body(request, 1), entry.nodeid);
    return request_reply(request, &entry, sizeof(entry));
}

static int answer_get_attributes(struct request *request)
{
    struct fuse_attr_out reply = {.attr_valid = FOR_EVER};
    struct inode inode;

    if (read_own_inode(request, &inode) < 0)
        return errno;
    inode_describe(request->session->image, &inode, &reply.attr);
    return request_reply(request, &reply, sizeof(reply));
}

static int answer_read_link(struct request *request)
{
    char target[INODE_LINK_MAX];
    struct inode inode;
    ssize_t length;

    if (read_own_inode(request, &inode) < 0)
        return errno;
    if (!S_ISLNK(inode.mode))
        return EINVAL;
    length = inode_read_link(request->session->image, &inode, target);
    if (length < 0)
        return errno;
    return request_reply(request, target, (size_t)length);
}

/* ENOSYS has the kernel open files by itself, keep their pages, and never ask
   again. All kernels that we serve know this for files. */
static int answer_open(struct request *request)
{
    (void)request;
    return ENOSYS;
}

static int answer_open_directory(struct request *request)
{
    struct fuse_open_out reply = {.open_flags =
                                      FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR};

    if (request->session->may_skip_opendir)
        return ENOSYS;
    return request_reply(request, &reply, sizeof(reply));
}

static int answer_read(struct request *request)
{
    const struct fuse_read_in *read = request_body(request, sizeof(*read));
    struct squashfs_image *image = request->session->image;
    struct file_pieces *pieces = &request->pieces;
    int errnum = 0;
    ssize_t length;

    /* To reply with less than was asked for would say that the file ends. */
    if (!read || read->size > pieces->length_max)
        return EPROTO;
    record_read(image->record, request->input.head.nodeid);
    length = file_read(image, request_reference(request), read->offset,
                       read->size, pieces);
    if (length < 0)
        errnum = errno;
    else
        reply_pieces(request, 0, pieces->pieces, pieces->count, (size_t)length);
    file_release(image, pieces);
    return errnum;
}

static int answer_statfs(struct request *request)
{
    const struct squashfs_super *super = &request->session->image->super;
    struct fuse_statfs_out reply = {
        .st = {
            .blocks = super->bytes_used / super->block_size + 1,
            .files = super->inode_count,
            .bsize = super->block_size,
            .frsize = super->block_size,
            .namelen = DIRECTORY_NAME_MAX,
        }};

    return request_reply(request, &reply, sizeof(reply));
}

static int answer_nothing_to_do(struct request *request)
{
    return request_reply(request, NULL, 0);
}

static int answer_not_at_all(struct request *request)
{
    (void)request;
    return 0;
}

static int answer_read_only(struct request *request)
{
    (void)request;
    return EROFS;
}

/* --- which is which --------------------------------------------------------
 */

typedef int answer(struct request *request);

/* By opcode. All else we do not know, and the kernel has its own way then. */
static answer *const ANSWERS[] = {
    [FUSE_LOOKUP] = answer_lookup,
    [FUSE_FORGET] = answer_not_at_all,
    [FUSE_GETATTR] = answer_get_attributes,
    [FUSE_SETATTR] = answer_read_only,
    [FUSE_READLINK] = answer_read_link,
    [FUSE_SYMLINK] = answer_read_only,
    [FUSE_MKNOD] = answer_read_only,
    [FUSE_MKDIR] = answer_read_only,
    [FUSE_UNLINK] = answer_read_only,
    [FUSE_RMDIR] = answer_read_only,
    [FUSE_RENAME] = answer_read_only,
    [FUSE_LINK] = answer_read_only,
    [FUSE_OPEN] = answer_open,
    [FUSE_READ] = answer_read,
    [FUSE_WRITE] = answer_read_only,
    [FUSE_STATFS] = answer_statfs,
    [FUSE_RELEASE] = answer_nothing_to_do,
    [FUSE_SETXATTR] = answer_read_only,
    [FUSE_GETXATTR] = request_get_xattr,
    [FUSE_LISTXATTR] = request_list_xattrs,
    [FUSE_REMOVEXATTR] = answer_read_only,
    [FUSE_INIT] = answer_init,
    [FUSE_OPENDIR] = answer_open_directory,
    [FUSE_READDIR] = request_read_directory,
    [FUSE_RELEASEDIR] = answer_nothing_to_do,
    [FUSE_CREATE] = answer_read_only,
    [FUSE_INTERRUPT] = answer_not_at_all,
    [FUSE_DESTROY] = answer_nothing_to_do,
    [FUSE_BATCH_FORGET] = answer_not_at_all,
    [FUSE_FALLOCATE] = answer_read_only,
    [FUSE_READDIRPLUS] = request_read_directory_plus,
    [FUSE_RENAME2] = answer_read_only,
};

/* What the request was to do that met damage, and where. */
static void report_damage(const struct request *request)
{
    const struct fuse_read_in *read = request_body(request, sizeof(*read));
    uint32_t opcode = request->input.head.opcode;
    bool is_listing = opcode == FUSE_READDIR || opcode == FUSE_READDIRPLUS;
    bool has_offset = read && (is_listing || opcode == FUSE_READ);

    damage_report(request->session->image,
                  is_listing              ? "list"
                  : opcode == FUSE_LOOKUP ? "look up a name in"
                                          : "read",
                  request_reference(request), has_offset ? read->offset : 0);
}

void request_answer(struct request *request)
{
    uint32_t opcode = request->input.head.opcode;
    int errnum = ENOSYS;

    statistics_add_request(&request->session->image->statistics, opcode);
    if (opcode < sizeof(ANSWERS) / sizeof(ANSWERS[0]) && ANSWERS[opcode])
        errnum = ANSWERS[opcode](request);
    /* Before the answer: as long as it has none, whoever asked is there, and so
       is his standard error. */
    if (errnum == EIO)
        report_damage(request);
    if (errnum)
        reply_pieces(request, errnum, NULL, 0, 0);
}
