/* One gzip stream being decompressed, checksum and all. There are two of these,
   of which configure takes one: gunzip_isal.c, by Intel's ISA-L, which is two
   to three times as fast, and gunzip_zlib.c. */

#ifndef CH_GUNZIP_H
#define CH_GUNZIP_H

#include <stddef.h>

struct gunzip;

enum gunzip_status {
    GUNZIP_MORE,   /* input or output is used up */
    GUNZIP_END,    /* of the stream; its checksum was right */
    GUNZIP_MEMORY, /* there is too little */
    GUNZIP_DAMAGE,
};

/* What is left to read, and to write to; both move on. */
struct gunzip_space {
    const unsigned char *in;
    size_t in_length;
    unsigned char *out;
    size_t out_length;
};

/* NULL where memory is short. The caller closes it. */
struct gunzip *gunzip_open(void);

enum gunzip_status gunzip_run(struct gunzip *gunzip,
                              struct gunzip_space *space);

/* After GUNZIP_DAMAGE: what is wrong. */
const char *gunzip_message(const struct gunzip *gunzip);

/* After GUNZIP_END: begin with another stream. */
void gunzip_restart(struct gunzip *gunzip);

/* NULL is allowed. */
void gunzip_close(struct gunzip *gunzip);

#endif
