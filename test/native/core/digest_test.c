#include "config.h"

#include "core/digest.h"

#include <errno.h>
#include <string.h>

#include "scratch.h"
#include "tap.h"

static void check(const char *like, const char *first, const char *second,
                  const char *wanted, const char *what)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_DIGEST struct digest *digest = NULL;
    char text[DIGEST_TEXT_SIZE] = "";

    if (digest_open(&digest, like, &err) < 0)
        give_up("compute", like);
    digest_add(digest, first, strlen(first));
    digest_add(digest, second, strlen(second));
    OK(!digest_finish(digest, text, &err), "digest_finish() ends %s", what);
    IS(text, wanted, "digest_finish() tells %s", what);
    ch_error_clear(&err);
}

static void refuse(const char *like)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_DIGEST struct digest *digest = NULL;

    OK(digest_open(&digest, like, &err) < 0 && err.errnum == EINVAL,
       "digest_open() refuses \"%s\"", like);
    ch_error_clear(&err);
}

/* The examples of FIPS 180-2. */
int main(void)
{
    check("", "", "",
          "sha256:"
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "sha256 of nothing");
    check("sha256:whatever", "a", "bc",
          "sha256:"
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          "sha256 of two pieces");
    check("sha512", "ab", "c",
          "sha512:"
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
          "sha512 of two pieces");
    refuse("md5:");
    refuse("sha25");
    return tap_done();
}
