#include "config.h"

#include "tar_header.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* As POSIX defines it; the magic is followed by the version. */
struct ustar {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char target[100];
    char magic[8];
    char uname[32];
    char gname[32];
    char devmajor[8];
    char devminor[8];
    char prefix[155];
    char padding[12];
};

_Static_assert(sizeof(struct ustar) == TAR_BLOCK_SIZE, "a ustar header");

#define TYPE_PAX 'x'

/* 11 octal digits */
#define NUMBER_MAX INT64_C(077777777777)

/* What a reader that knows no pax headers would call their content. */
#define PAX_NAME    "PaxHeaders/member"
#define SPARSE_NAME "GNUSparseFile/member"

size_t tar_padding(int64_t length)
{
    return (size_t)(-length & (TAR_BLOCK_SIZE - 1));
}

/* --- ustar --- */

/* Zero-padded octal with a NUL behind it. */
static void put_number(char *field, size_t size, int64_t value)
{
    size_t i = size - 1;

    field[i] = '\0';
    while (i-- > 0) {
        field[i] = (char)('0' + (value & 7));
        value >>= 3;
    }
}

static void put_checksum(struct ustar *ustar)
{
    const unsigned char *bytes = (const unsigned char *)ustar;
    unsigned sum = 0;
    size_t i;

    memset(ustar->checksum, ' ', sizeof(ustar->checksum));
    for (i = 0; i < sizeof(*ustar); i++)
        sum += bytes[i];
    put_number(ustar->checksum, 7, sum); /* a blank stays behind the NUL */
}

/* Divide a name that is too long for the name field alone: the last slash that
   leaves a prefix of no more than its field's size must leave a name of no more
   than its own. Returns whether the name had room. */
static bool put_split_name(struct ustar *ustar, const char *name, size_t length)
{
    size_t slash = sizeof(ustar->prefix) + 1;

    if (slash > length - 1)
        slash = length - 1; /* a slash at the very end divides nothing */
    while (slash > 0 && name[slash - 1] != '/')
        slash--;
    if (slash < 2 || length - slash > sizeof(ustar->name))
        return false;
    memcpy(ustar->prefix, name, slash - 1);
    memcpy(ustar->name, name + slash, length - slash);
    return true;
}

static bool put_name(struct ustar *ustar, const char *name)
{
    size_t length = strlen(name);

    if (length > sizeof(ustar->name))
        return put_split_name(ustar, name, length);
    memcpy(ustar->name, name, length);
    return true;
}

static void init_ustar(struct ustar *ustar, char type, mode_t mode,
                       int64_t size)
{
    *ustar = (struct ustar){.type = type};
    memcpy(ustar->magic, "ustar\00000", sizeof(ustar->magic));
    put_number(ustar->mode, sizeof(ustar->mode), mode & 07777);
    put_number(ustar->uid, sizeof(ustar->uid), 0);
    put_number(ustar->gid, sizeof(ustar->gid), 0);
    put_number(ustar->size, sizeof(ustar->size), size);
    put_number(ustar->mtime, sizeof(ustar->mtime), 0);
    put_number(ustar->devmajor, sizeof(ustar->devmajor), 0);
    put_number(ustar->devminor, sizeof(ustar->devminor), 0);
}

/* --- pax --- */

/* A record begins with its own length in decimal, which counts itself. */
static int pax_add(struct buffer *pax, const char *keyword, const void *value,
                   size_t size)
{
    size_t content = strlen(" =\n") + strlen(keyword) + size;
    size_t length = content + 1;

    while (length != content + (size_t)snprintf(NULL, 0, "%zu", length))
        length = content + (size_t)snprintf(NULL, 0, "%zu", length);
    if (buffer_printf(pax, "%zu %s=", length, keyword) < 0 ||
        buffer_append(pax, value, size) < 0)
        return -1;
    return buffer_append(pax, "\n", 1);
}

static int pax_add_text(struct buffer *pax, const char *keyword,
                        const char *value)
{
    return pax_add(pax, keyword, value, strlen(value));
}

static int pax_add_number(struct buffer *pax, const char *keyword,
                          int64_t value)
{
    char text[sizeof("-9223372036854775808")];

    (void)snprintf(text, sizeof(text), "%" PRId64, value); /* it fits */
    return pax_add_text(pax, keyword, text);
}

/* mksquashfs 4.5 takes no time without a decimal point. Readers disagree on
   fractions of a time before 1970: it has none. */
static int pax_add_mtime(struct buffer *pax, int64_t mtime, long nsec)
{
    char text[sizeof("-9223372036854775808.999999999")];

    if (mtime < 0 || !nsec)
        (void)snprintf(text, sizeof(text), "%" PRId64 ".0", mtime);
    else
        (void)snprintf(text, sizeof(text), "%" PRId64 ".%09ld", mtime,
                       nsec % 1000000000);
    return pax_add_text(pax, "mtime", text);
}

static int pax_add_xattrs(struct buffer *pax, const struct xattr_list *xattrs)
{
    size_t i;

    for (i = 0; i < xattrs->count; i++) {
        const struct xattr *xattr = &xattrs->items[i];
        CLEANUP_BUFFER struct buffer keyword = {0};

        if (buffer_printf(&keyword, "SCHILY.xattr.%s", xattr->name) < 0 ||
            pax_add(pax, keyword.data, xattr->value, xattr->size) < 0)
            return -1;
    }
    return 0;
}

/* GNU's sparse format 1.0; the map itself stands before the data. */
static int pax_add_sparse(struct buffer *pax, const struct tar_header *header)
{
    if (pax_add_number(pax, "GNU.sparse.major", 1) < 0 ||
        pax_add_number(pax, "GNU.sparse.minor", 0) < 0 ||
        pax_add_text(pax, "GNU.sparse.name", header->name) < 0 ||
        pax_add_number(pax, "GNU.sparse.realsize", header->size) < 0)
        return -1;
    return 0;
}

static int append_padded(struct buffer *blocks, const void *data, size_t length)
{
    if (buffer_append(blocks, data, length) < 0)
        return -1;
    return buffer_append_zeros(blocks, tar_padding((int64_t)length));
}

static int append_ustar(struct buffer *blocks, struct ustar *ustar)
{
    put_checksum(ustar);
    return buffer_append(blocks, ustar, sizeof(*ustar));
}

static int append_pax(struct buffer *blocks, const struct buffer *pax)
{
    struct ustar ustar;

    if (!pax->length)
        return 0;
    init_ustar(&ustar, TYPE_PAX, 0644, (int64_t)pax->length);
    (void)put_name(&ustar, PAX_NAME); /* it is short */
    if (append_ustar(blocks, &ustar) < 0)
        return -1;
    return append_padded(blocks, pax->data, pax->length);
}

/* --- all together --- */

static bool ends_in_hole(const struct tar_header *header)
{
    const struct tar_segments *segments = header->segments;
    const struct tar_segment *last;

    if (!segments->count)
        return true;
    last = &segments->items[segments->count - 1];
    return last->offset + last->length < header->size;
}

/* The map of a sparse file: decimal numbers a line each, in whole blocks. A
   hole at the end is told by a segment without length behind it. */
static int make_map(struct buffer *map, const struct tar_header *header)
{
    const struct tar_segments *segments = header->segments;
    bool hole = ends_in_hole(header);
    size_t i;

    if (buffer_printf(map, "%zu\n", segments->count + hole) < 0)
        return -1;
    for (i = 0; i < segments->count; i++)
        if (buffer_printf(map, "%" PRId64 "\n%" PRId64 "\n",
                          segments->items[i].offset,
                          segments->items[i].length) < 0)
            return -1;
    if (hole && buffer_printf(map, "%" PRId64 "\n0\n", header->size) < 0)
        return -1;
    return buffer_append_zeros(map, tar_padding((int64_t)map->length));
}

static int set_name(struct ustar *ustar, struct buffer *pax,
                    const struct tar_header *header)
{
    CLEANUP_BUFFER struct buffer name = {0};
    const char *slash = header->type == TAR_DIRECTORY ? "/" : "";

    if (header->segments) {
        (void)put_name(ustar, SPARSE_NAME); /* it is short */
        return pax_add_sparse(pax, header);
    }
    if (buffer_printf(&name, "%s%s", header->name, slash) < 0)
        return -1;
    if (put_name(ustar, name.data))
        return 0;
    memcpy(ustar->name, name.data, sizeof(ustar->name));
    return pax_add_text(pax, "path", name.data);
}

static int set_target(struct ustar *ustar, struct buffer *pax,
                      const char *target)
{
    size_t length = strlen(target);
    size_t room = sizeof(ustar->target);

    memcpy(ustar->target, target, length < room ? length : room);
    return length > room ? pax_add_text(pax, "linkpath", target) : 0;
}

static int set_size(struct ustar *ustar, struct buffer *pax, int64_t size)
{
    if (size > NUMBER_MAX)
        return pax_add_number(pax, "size", size);
    put_number(ustar->size, sizeof(ustar->size), size);
    return 0;
}

static int set_mtime(struct ustar *ustar, struct buffer *pax,
                     const struct tar_header *header)
{
    int64_t mtime = header->mtime;

    if (mtime < 0 || mtime > NUMBER_MAX || header->mtime_nsec)
        return pax_add_mtime(pax, mtime, header->mtime_nsec);
    put_number(ustar->mtime, sizeof(ustar->mtime), mtime);
    return 0;
}

int tar_header_append(struct buffer *blocks, const struct tar_header *header)
{
    CLEANUP_BUFFER struct buffer pax = {0};
    CLEANUP_BUFFER struct buffer map = {0};
    int64_t size = header->size;
    struct ustar ustar;

    if (header->segments) {
        if (make_map(&map, header) < 0)
            return -1;
        size = (int64_t)map.length + tar_segments_length(header->segments);
    }
    init_ustar(&ustar, (char)header->type, header->mode, 0);
    if (set_name(&ustar, &pax, header) < 0 ||
        (header->target && set_target(&ustar, &pax, header->target) < 0) ||
        set_size(&ustar, &pax, size) < 0 ||
        set_mtime(&ustar, &pax, header) < 0 ||
        (header->xattrs && pax_add_xattrs(&pax, header->xattrs) < 0))
        return -1;
    if (append_pax(blocks, &pax) < 0 || append_ustar(blocks, &ustar) < 0)
        return -1;
    return buffer_append(blocks, map.data, map.length);
}
