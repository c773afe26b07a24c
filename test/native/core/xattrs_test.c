#include "config.h"

#include "core/xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tap.h"

static void test_passage(int from, int to)
{
    CLEANUP_XATTRS struct xattr_list list = {0}, copy = {0};
    struct ch_error err = CH_ERROR_INIT;
    char large[2000];
    size_t i;

    memset(large, 'x', sizeof(large));
    if (fsetxattr(from, "user.z", "a\0b", 3, 0) < 0 ||
        fsetxattr(from, "user.empty", "", 0, 0) < 0 ||
        fsetxattr(from, "user.large", large, sizeof(large), 0) < 0)
        give_up("set", "attributes");
    OK(!xattrs_from_fd(&list, from, "from", &err) && list.count == 3,
       "xattrs_from_fd() finds all");
    OK(list.count == 3 && !strcmp(list.items[0].name, "user.empty") &&
           !strcmp(list.items[1].name, "user.large") &&
           !strcmp(list.items[2].name, "user.z"),
       "xattrs_from_fd() sorts by name");
    OK(!xattrs_apply(&list, to, "to", &err), "xattrs_apply() sets them");
    OK(!xattrs_from_fd(&copy, to, "to", &err) && copy.count == list.count,
       "xattrs_apply() sets all");
    for (i = 0; i < list.count && i < copy.count; i++)
        OK(!strcmp(list.items[i].name, copy.items[i].name) &&
               list.items[i].size == copy.items[i].size &&
               !memcmp(list.items[i].value, copy.items[i].value,
                       copy.items[i].size),
           "xattrs_apply() keeps %s", list.items[i].name);
    ch_error_clear(&err);
}

static void test_refused(void)
{
    struct xattr items[] = {{(char *)"user.name", (char *)"x", 1}};
    const struct xattr_list list = {.items = items, .count = 1};
    CLEANUP_CLOSE int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    CLEANUP_XATTRS struct xattr_list none = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(!xattrs_from_fd(&none, fd, "status", &err) && none.count == 0,
       "xattrs_from_fd() finds none where there can be none");
    OK(xattrs_apply(&list, fd, "status", &err) < 0,
       "xattrs_apply() fails where there can be none");
    OK(err.message && strstr(err.message, "cannot set extended attribute "
                                          "\"user.name\" of \"status\": "),
       "xattrs_apply() says so");
    ch_error_clear(&err);
}

int main(void)
{
    CLEANUP_CLOSE int from = -1, to = -1;

    scratch_enter();
    from = open("from", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    to = open("to", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fsetxattr(from, "user.try", "", 0, 0) < 0 && errno == ENOTSUP) {
        tap_skip("no user attributes on this file system",
                 "xattrs_from_fd() and xattrs_apply()");
    } else {
        (void)fremovexattr(from, "user.try");
        test_passage(from, to);
    }
    test_refused();
    scratch_leave();
    return tap_done();
}
