/* Digests as OCI writes them, "sha256:" and hexadecimal digits, by OpenSSL's
   libcrypto. */

#ifndef CH_DIGEST_H
#define CH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the longest text, with its NUL. */
#define DIGEST_TEXT_SIZE (sizeof("sha512:") + 128)

struct digest;

/* Begin a digest such as `like`, of which only what is before the colon is
   looked at; "" is sha256. The caller closes it. */
int digest_open(struct digest **digest, const char *like, struct ch_error *err);

void digest_add(struct digest *digest, const void *data, size_t length);

/* The digest of all that was added; nothing may be added later. */
int digest_finish(struct digest *digest, char text[DIGEST_TEXT_SIZE],
                  struct ch_error *err);

/* Release it. NULL is allowed. */
void digest_close(struct digest *digest);

static inline void cleanup_digest(struct digest **digest)
{
    digest_close(*digest);
}

#define CLEANUP_DIGEST __attribute__((cleanup(cleanup_digest)))

#ifdef __cplusplus
}
#endif

#endif
