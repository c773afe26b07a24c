#include "config.h"

#include <stdlib.h>
#include <zlib.h>

#include "gunzip.h"

/* inflateInit2(): the largest window, with a gzip header and trailer. */
#define WINDOW_BITS_GZIP (15 + 16)

struct gunzip {
    z_stream zlib;
};

struct gunzip *gunzip_open(void)
{
    struct gunzip *gunzip = calloc(1, sizeof(*gunzip));

    if (gunzip && inflateInit2(&gunzip->zlib, WINDOW_BITS_GZIP) != Z_OK) {
        free(gunzip);
        return NULL;
    }
    return gunzip;
}

enum gunzip_status gunzip_run(struct gunzip *gunzip, struct gunzip_space *space)
{
    z_stream *zlib = &gunzip->zlib;
    int status;

    zlib->next_in = (unsigned char *)space->in; /* it does not write there */
    zlib->avail_in = (uInt)space->in_length;
    zlib->next_out = space->out;
    zlib->avail_out = (uInt)space->out_length;
    status = inflate(zlib, Z_NO_FLUSH);
    space->in = zlib->next_in;
    space->in_length = zlib->avail_in;
    space->out = zlib->next_out;
    space->out_length = zlib->avail_out;
    switch (status) {
    case Z_STREAM_END:
        return GUNZIP_END;
    case Z_OK:
    case Z_BUF_ERROR:
        return GUNZIP_MORE;
    case Z_MEM_ERROR:
        return GUNZIP_MEMORY;
    default:
        return GUNZIP_DAMAGE;
    }
}

const char *gunzip_message(const struct gunzip *gunzip)
{
    return gunzip->zlib.msg ? gunzip->zlib.msg : "unknown cause";
}

void gunzip_restart(struct gunzip *gunzip)
{
    (void)inflateReset(&gunzip->zlib); /* fails for a broken z_stream only */
}

void gunzip_close(struct gunzip *gunzip)
{
    if (!gunzip)
        return;
    (void)inflateEnd(&gunzip->zlib); /* fails for a broken z_stream only */
    free(gunzip);
}
