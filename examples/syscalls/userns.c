/* How an ordinary user becomes root, of very little.

   A user namespace is a set of user and group ids of its own. Whoever makes one
   holds every capability in it: not over the machine, only over what belongs to
   the namespace, such as a mount namespace made inside. That is all that ch-run
   is built on. This program takes the same steps and shows each result:

     cc -o userns userns.c && ./userns

   It needs no privilege and leaves nothing behind: what it makes ends with it.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void fail(const char *action)
{
    fprintf(stderr, "userns: error: cannot %s: %s\n", action, strerror(errno));
    exit(1);
}

static void show_ids(const char *when)
{
    printf("%s: uid %u, gid %u\n", when, geteuid(), getegid());
}

/* A privileged act, and one that shows from where privilege comes: a mount is
   allowed to whoever has CAP_SYS_ADMIN in the user namespace that owns the
   mount namespace. */
static int mount_tmpfs(void)
{
    return mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m");
}

/* Files in /proc take one write(2) with the whole text. */
static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t length = strlen(text);

    if (fd < 0 || write(fd, text, length) != length || close(fd) < 0)
        fail(path);
}

/* One line: the first id inside, the first id outside, how many. The kernel
   takes it once, and from somebody without privilege outside only this: one id,
   which outside is the writer's own. Files are still made and read with that
   outer id; "root" inside is a name, and capabilities. */
static void map_to_root(unsigned uid, unsigned gid)
{
    char map[32]; /* "0 4294967295 1\n" and its end */

    snprintf(map, sizeof(map), "0 %u 1\n", uid);
    write_file("/proc/self/uid_map", map);

    /* Groups can also forbid: a file of mode 0604 shuts out the members of its
       group. Dropping one's groups would open it, so the kernel wants this
       given up for ever before it maps a group. */
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "0 %u 1\n", gid);
    write_file("/proc/self/gid_map", map);
}

int main(void)
{
    unsigned uid = geteuid();
    unsigned gid = getegid();

    show_ids("before");

    /* We hold capabilities in the new namespace from now on, but our ids have
       no name there yet: the kernel shows the overflow id, 65534. */
    if (unshare(CLONE_NEWUSER) < 0)
        fail("make a user namespace");
    show_ids("unmapped");

    map_to_root(uid, gid);
    show_ids("mapped");

    /* The mounts that we see still belong to the host's user namespace, where
       we are nobody special. */
    if (mount_tmpfs() == 0)
        fail("believe it: a mount in the host's namespace was allowed");
    printf("mount in the host's mount namespace: %s\n", strerror(errno));

    /* A copy of the mounts, which belongs to our user namespace. */
    if (unshare(CLONE_NEWNS) < 0)
        fail("make a mount namespace");
    if (mount_tmpfs() < 0)
        fail("mount a tmpfs");
    if (mkdir("/tmp/only-here", 0700) < 0)
        fail("use the tmpfs");
    printf("mount in our own: allowed\n");
    return 0;
}
