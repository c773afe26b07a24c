#include "config.h"

#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

struct algorithm {
    const char *name;
    const EVP_MD *(*function)(void);
};

/* Those that the OCI image specification names. */
static const struct algorithm ALGORITHMS[] = {
    {"sha256", EVP_sha256},
    {"sha512", EVP_sha512},
};

struct digest {
    const struct algorithm *algorithm;
    EVP_MD_CTX *context;
    bool failed; /* libcrypto refused something */
};

static const struct algorithm *algorithm_like(const char *like)
{
    size_t length = strcspn(like, ":");
    size_t i;

    if (!*like)
        return &ALGORITHMS[0];
    for (i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++)
        if (strlen(ALGORITHMS[i].name) == length &&
            !strncmp(ALGORITHMS[i].name, like, length))
            return &ALGORITHMS[i];
    return NULL;
}

int digest_open(struct digest **digest, const char *like, struct ch_error *err)
{
    CLEANUP_DIGEST struct digest *made = calloc(1, sizeof(*made));
    const struct algorithm *algorithm = algorithm_like(like);

    if (!algorithm)
        return ch_error_set(err, EINVAL, "cannot compute digest \"%s\"", like);
    if (!made || !(made->context = EVP_MD_CTX_new()))
        return ch_error_set(err, ENOMEM, "cannot compute digest");
    made->algorithm = algorithm;
    if (EVP_DigestInit_ex(made->context, algorithm->function(), NULL) != 1)
        return ch_error_set(err, 0,
                            "cannot compute digest: libcrypto has no %s here",
                            algorithm->name);
    *digest = take_ptr(made);
    return 0;
}

void digest_add(struct digest *digest, const void *data, size_t length)
{
    if (EVP_DigestUpdate(digest->context, data, length) != 1)
        digest->failed = true;
}

int digest_finish(struct digest *digest, char text[DIGEST_TEXT_SIZE],
                  struct ch_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int length = 0, i;
    int at;

    if (digest->failed ||
        EVP_DigestFinal_ex(digest->context, bytes, &length) != 1)
        return ch_error_set(err, 0, "cannot compute digest: libcrypto failed");
    at = snprintf(text, DIGEST_TEXT_SIZE, "%s:", digest->algorithm->name);
    for (i = 0; i < length; i++)
        at += snprintf(text + at, DIGEST_TEXT_SIZE - (size_t)at, "%02x",
                       bytes[i]);
    return 0;
}

void digest_close(struct digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}
