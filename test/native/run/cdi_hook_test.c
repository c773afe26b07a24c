#include "config.h"

#include "run/cdi_hook.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "tap.h"

/* A hook of which the program and the arguments are the words of `words`. */
static struct json *make_hook(const char *words)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_BUFFER struct buffer text = {0};
    CLEANUP_FREE char *copy = strdup(words);
    char *next = copy;
    const char *word = strsep(&next, " ");
    struct json *json;

    (void)buffer_printf(&text, "{\"path\":\"%s\",\"args\":[\"x\"", word);
    while ((word = strsep(&next, " ")))
        (void)buffer_printf(&text, ",\"%s\"", word);
    (void)buffer_printf(&text,
                        "]}"); /* no memory: no JSON, and the test ends */
    json = json_parse(text.data, text.length, &err);
    if (!json)
        abort();
    return json;
}

static void write_change(struct buffer *text, const struct cdi_change *change)
{
    static const char *const KINDS[] = {"link", "mode", "libraries", "newer"};

    (void)buffer_printf(text, "%s %s %.*s %o\n", KINDS[change->kind],
                        change->path ? change->path : "-",
                        (int)change->target_length,
                        change->target ? change->target : "", change->mode);
}

/* What comes of a hook, in lines; heap. */
static char *outcome(const char *words)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_JSON struct json *hook = make_hook(words);
    CLEANUP_FREE struct cdi_change *changes = NULL;
    CLEANUP_BUFFER struct buffer text = {0};
    size_t count = 0;
    char *result;

    switch (cdi_hook_read(hook, &changes, &count, &err)) {
    case CDI_HOOK_FAILED:
        (void)buffer_printf(&text, "%s", ch_error_text(&err));
        ch_error_clear(&err);
        break;
    case CDI_HOOK_NEEDLESS:
        (void)buffer_printf(&text, "needless");
        break;
    case CDI_HOOK_UNKNOWN:
        (void)buffer_printf(&text, "unknown");
        break;
    case CDI_HOOK_KNOWN:
        (void)buffer_printf(&text, "%s", "");
        for (size_t i = 0; i < count; i++)
            write_change(&text, &changes[i]);
    }
    result = strdup(text.data ? text.data : "");
    return result;
}

#define HOOK "/usr/bin/nvidia-cdi-hook "
#define CTK  "/usr/bin/nvidia-ctk hook "

static const struct {
    const char *words, *outcome;
} CASES[] = {
    {HOOK "update-ldcache --folder /a --folder=/b",
     "libraries /a  0\nlibraries /b  0\n"},
    {CTK "update-ldcache --ldconfig-path /sbin/ldconfig --folder /a",
     "libraries /a  0\n"},
    {HOOK "create-soname-symlinks --folder /a", "libraries /a  0\n"},
    {HOOK "update-ldcache", ""},
    {HOOK "update-ldcache --folder", ""},
    {HOOK "create-symlinks --link a.so.1::/lib/a.so --link ../b::/c/d",
     "link /lib/a.so a.so.1 0\nlink /c/d ../b 0\n"},
    {CTK "chmod --mode 755 --path /dev/dri --path /b",
     "mode /dev/dri  755\nmode /b  755\n"},
    {CTK "chmod --path /dev/dri --mode=0644", "mode /dev/dri  644\n"},
    {HOOK "enable-cuda-compat --host-driver-version=575.57.08",
     "newer - 575 0\n"},
    {HOOK "disable-device-node-modification", "needless"},
    {HOOK "update-nvidia-params", "unknown"},
    {HOOK, "unknown"},
    {"/usr/bin/nvidia-ctk", "unknown"},
    {"/usr/bin/nvidia-ctk update-ldcache --folder /a", "unknown"},
    {"/usr/bin/nvidia-ctk hook", "unknown"},
    {"/usr/bin/other update-ldcache --folder /a", "unknown"},
    {"/usr/bin/my-nvidia-cdi-hook update-ldcache", "unknown"},
    {HOOK "update-ldcache --folder a",
     "option \"--folder\": \"a\" is not an absolute path"},
    {HOOK "create-symlinks --link a:/b", "option \"--link\": \"a:/b\" is not "
                                         "TARGET::LINK with an absolute LINK"},
    {HOOK "create-symlinks --link ::/b", "option \"--link\": \"::/b\" is not "
                                         "TARGET::LINK with an absolute LINK"},
    {HOOK "create-symlinks --link a::b", "option \"--link\": \"a::b\" is not "
                                         "TARGET::LINK with an absolute LINK"},
    {HOOK "chmod --path /a", "option \"--mode\" is missing"},
    {HOOK "chmod --path /a --mode 9",
     "option \"--mode\": \"9\" is not an octal mode"},
    {HOOK "chmod --path /a --mode 17777",
     "option \"--mode\": \"17777\" is not an octal mode"},
    {HOOK "chmod --path a --mode 1",
     "option \"--path\": \"a\" is not an absolute path"},
};

static void test_title(void)
{
    CLEANUP_JSON struct json *hook =
        make_hook("/usr/bin/ctk hook do --this /b");
    CLEANUP_FREE char *title = cdi_hook_title(hook);

    IS(title, "/usr/bin/ctk hook do", "cdi_hook_title() ends before options");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        CLEANUP_FREE char *found = outcome(CASES[i].words);

        IS(found, CASES[i].outcome, "cdi_hook_read() %s", CASES[i].words);
    }
    test_title();
    return tap_done();
}
