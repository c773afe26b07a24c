#include "config.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "gunzip.h"

struct gunzip {
    struct inflate_state isal;
    int status; /* of the last call */
};

struct gunzip *gunzip_open(void)
{
    struct gunzip *gunzip = malloc(sizeof(*gunzip));

    if (!gunzip)
        return NULL;
    isal_inflate_init(&gunzip->isal);
    gunzip->isal.crc_flag = ISAL_GZIP;
    gunzip->status = ISAL_DECOMP_OK;
    return gunzip;
}

enum gunzip_status gunzip_run(struct gunzip *gunzip, struct gunzip_space *space)
{
    struct inflate_state *isal = &gunzip->isal;

    isal->next_in = (uint8_t *)space->in; /* it does not write there */
    isal->avail_in = (uint32_t)space->in_length;
    isal->next_out = space->out;
    isal->avail_out = (uint32_t)space->out_length;
    gunzip->status = isal_inflate(isal);
    space->in = isal->next_in;
    space->in_length = isal->avail_in;
    space->out = isal->next_out;
    space->out_length = isal->avail_out;
    /* Positive ones tell which side is used up. */
    if (gunzip->status < 0 || gunzip->status == ISAL_NEED_DICT)
        return GUNZIP_DAMAGE;
    return isal->block_state == ISAL_BLOCK_FINISH ? GUNZIP_END : GUNZIP_MORE;
}

const char *gunzip_message(const struct gunzip *gunzip)
{
    switch (gunzip->status) {
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    case ISAL_INVALID_WRAPPER:
        return "incorrect header check";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance too far back";
    default:
        return "invalid block";
    }
}

void gunzip_restart(struct gunzip *gunzip)
{
    isal_inflate_reset(&gunzip->isal);
    gunzip->isal.crc_flag = ISAL_GZIP;
}

void gunzip_close(struct gunzip *gunzip)
{
    free(gunzip);
}
