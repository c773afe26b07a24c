#include "config.h"

#include "squashfs/codec.h"

#include "core/squashfs_super.h"

/* By the superblock's number. */
static const struct codec *const CODECS[] = {
#ifdef HAVE_LIBDEFLATE
    [1] = &codec_gzip,
#endif
#ifdef HAVE_LZO
    [3] = &codec_lzo,
#endif
#ifdef HAVE_LZMA
    [4] = &codec_xz,
#endif
#ifdef HAVE_LZ4
    [5] = &codec_lz4,
#endif
#ifdef HAVE_ZSTD
    [6] = &codec_zstd,
#endif
    [7] = NULL, /* so that the table is not empty whatever was found */
};

const struct codec *codec_find(unsigned compressor, struct ch_error *err)
{
    const char *name = squashfs_compressor_name(compressor);

    if (compressor < sizeof(CODECS) / sizeof(CODECS[0]) && CODECS[compressor])
        return CODECS[compressor];
    ch_error_set(err, 0, "cannot unpack %s: not in this build of Charliecloud",
                 name ? name : "an unknown compressor");
    ch_error_hint(err, "make the image again with another compressor, or have "
                       "the admin build Charliecloud with this one");
    return NULL;
}
