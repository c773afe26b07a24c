#include "config.h"

#include "extraction.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

void extraction_start(struct extraction *extraction, int root_fd,
                      struct archive_input *input)
{
    *extraction = (struct extraction){.input = input};
    tree_writer_init(&extraction->writer, root_fd);
}

void extraction_release(struct extraction *extraction)
{
    tree_writer_release(&extraction->writer);
    name_index_release(&extraction->devices);
}

/* Write all of `block` at its offset. Returns 0, or -1 with errno set. */
static int write_block(int fd, const struct archive_block *block)
{
    const char *data = block->data;
    size_t done = 0;

    while (done < block->length) {
        ssize_t length = pwrite(fd, data + done, block->length - done,
                                block->offset + (off_t)done);

        if (length < 0 && errno != EINTR)
            return -1;
        if (length > 0)
            done += (size_t)length;
    }
    return 0;
}

static int write_content(struct extraction *extraction, int fd,
                         const struct member *member, struct ch_error *err)
{
    struct archive_block block;
    int64_t end = 0;
    int status;

    while ((status = archive_input_read(extraction->input, &block, err)) > 0) {
        if (write_block(fd, &block) < 0)
            return ch_error_set(err, errno, "cannot write \"%s\"",
                                member->name);
        extraction->stats.bytes += (int64_t)block.length;
        end = block.offset + (int64_t)block.length;
    }
    if (status < 0)
        return ch_error_wrap(err, "cannot unpack \"%s\"", member->name);
    if (end < member->size && ftruncate(fd, member->size) < 0)
        return ch_error_set(err, errno, "cannot write \"%s\"", member->name);
    return 0;
}

static int extract_file(struct extraction *extraction,
                        const struct member *member, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        tree_writer_make_file(&extraction->writer, member, err);

    if (fd < 0 || write_content(extraction, fd, member, err) < 0 ||
        tree_writer_finish_file(fd, member, err) < 0)
        return -1;
    /* Network file systems report a full disk here. */
    if (close(take_fd(&fd)) < 0)
        return ch_error_set(err, errno, "cannot write \"%s\"", member->name);
    return 0;
}

/* Whether `member` is a device or a hard link to one. */
static bool is_device(const struct extraction *extraction,
                      const struct member *member)
{
    const struct name_slot *target = NULL;

    if (member->kind == MEMBER_HARDLINK)
        target = name_index_find(&extraction->devices, member->target,
                                 strlen(member->target));
    return member->kind == MEMBER_DEVICE ||
           (target && target->kind == NAME_DEVICE);
}

static int leave_out(struct extraction *extraction, const struct member *member,
                     struct ch_error *err)
{
    if (name_index_put(&extraction->devices, member->name, strlen(member->name),
                       NAME_DEVICE, 0) < 0)
        return ch_error_set(err, errno, "cannot leave out \"%s\"",
                            member->name);
    extraction->stats.devices++;
    return 0;
}

int extraction_add(struct extraction *extraction, const struct member *member,
                   struct ch_error *err)
{
    struct name_slot *device = name_index_find(
        &extraction->devices, member->name, strlen(member->name));

    if (is_device(extraction, member))
        return leave_out(extraction, member, err);
    if (device)
        device->kind = NAME_OTHER; /* a newer member of that name */
    extraction->stats.entries++;
    if (member->kind == MEMBER_FILE)
        return extract_file(extraction, member, err);
    return tree_writer_make(&extraction->writer, member, err);
}

int extraction_finish(struct extraction *extraction, struct ch_error *err)
{
    return tree_writer_finish(&extraction->writer, err);
}
