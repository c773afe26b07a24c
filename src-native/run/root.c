/* The container's root directory is on top of "/" of our mount namespace
   (root_base.c). In the end pivot_root(2) makes it the root and stacks the old
   root on it, with what else was put there; all of that is detached, layer by
   layer. */

#include "config.h"

#include "run/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/path.h"
#include "run/bind.h"
#include "run/cdi_enter.h"
#include "run/isolate.h"
#include "run/mount.h"
#include "run/passwd.h"
#include "run/root_base.h"

/* /tmp: the host's, so that ranks and programs meet there, or a new one. */
static int tmp_mount(struct root *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    const char *host_tmp = getenv("TMPDIR");

    if (!root->plan->private_tmp) {
        const struct bind bind = {
            .source = (char *)(host_tmp && *host_tmp ? host_tmp : "/tmp"),
            .destination = (char *)"/tmp"};

        return bind_mount(&root->plan->log, &root->base, &bind, err);
    }
    fd = path_open_in_root(root->base.fd, "/tmp", O_PATH | O_DIRECTORY, 0);
    if (fd < 0 || mount_on_path("tmpfs", root->base.fd, "/tmp", fd, "tmpfs",
                                MS_NOSUID | MS_NODEV, "mode=1777") < 0) {
        ch_error_set(err, errno, "cannot mount a private \"/tmp\"");
        return cause_explain(CAUSES_TMPFS, err);
    }
    root->base.tmp_fd =
        path_open_in_root(root->base.fd, "/tmp", O_PATH | O_DIRECTORY, 0);
    if (root->base.tmp_fd < 0)
        return ch_error_set(err, errno, "cannot open the private \"/tmp\"");
    return 0;
}

/* $HOME at /home/$USER. */
static int home_mount(const struct root *root, struct ch_error *err)
{
    CLEANUP_FREE char *destination = NULL;
    struct bind bind = {.source = getenv("HOME"), .required = true};

    if (!root->plan->home)
        return 0;
    if (!bind.source || !*bind.source)
        return ch_error_set(err, 0, "cannot use --home: $HOME is not set");
    destination = passwd_home(root->plan);
    if (!destination)
        return ch_error_set(err, errno, "cannot use --home");
    bind.destination = destination;
    return bind_mount(&root->plan->log, &root->base, &bind, err);
}

static int passwd_add(const struct root *root, struct ch_error *err)
{
    if (!root->plan->make_passwd)
        return 0;
    return passwd_mount(root->plan, root->base.fd, root->scratch_fd, err);
}

/* Where nothing of the scratch is in the container (no overlay, no file of
   passwd_mount()), it would be gone with the old root, and a shared server
   would take that for our end. */
static int scratch_pin(const struct root *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    char source[32]; /* "/proc/self/fd/" and a descriptor */

    if (root->scratch_is_used || passwd_is_mounted(root->scratch_fd))
        return 0;
    /* The host's /dev comes on top of it. */
    fd = path_open_in_root(root->base.fd, "/dev", O_PATH | O_DIRECTORY, 0);
    snprintf(source, sizeof(source), "/proc/self/fd/%d", root->scratch_fd);
    if (fd < 0 || mount_on_path(source, root->base.fd, "/dev", fd, NULL,
                                MS_BIND, NULL) < 0)
        return ch_error_set(err, errno, "cannot mount a tmpfs");
    return 0;
}

/* For --explain. */
static const struct explain_rule PIN_RULE = {
    .text = "tells the SquashFS server when all has ended"};

/* The host's /proc would show the host's processes, by other numbers. */
static int proc_mount(const struct root *root, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    if (!(root->plan->isolated & ISOLATE_PID))
        return 0;
    /* Root in the user namespace that owns the PID namespace we are in. The
       kernel wants the host's /proc to be visible as a whole. */
    fd = path_open_in_root(root->base.fd, "/proc", O_PATH | O_DIRECTORY, 0);
    if (fd >= 0 && mount_on_path("proc", root->base.fd, "/proc", fd, "proc",
                                 MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0) {
        explain_mounts_setting(root->plan, "isolate",
                               "the container's processes");
        return 0;
    }
    ch_error_set(err, errno, "cannot mount a /proc of the container's own");
    (void)cause_explain(CAUSES_MOUNT, err); /* found or not */
    if (err->hint)
        return -1;
    return ch_error_hint(err, "inside of another container, parts of /proc "
                              "are hidden, and the kernel does not allow it: "
                              "leave --isolate=pid out");
}

static int binds_mount(struct root *root, struct ch_error *err)
{
    const struct plan *plan = root->plan;
    struct explain_rule devices = explain_rule_of_devices(plan);

    if (bind_mount_all(&plan->log, &root->base, BINDS_DEFAULT,
                       BINDS_DEFAULT_COUNT, err) < 0 ||
        proc_mount(root, err) < 0 || tmp_mount(root, err) < 0)
        return -1;
    explain_mounts_setting(plan, "private-tmp",
                           plan->private_tmp ? "private /tmp"
                                             : "the host's /tmp");
    if (home_mount(root, err) < 0)
        return -1;
    explain_mounts_setting(plan, "home", "home");
    if (cdi_mount(plan, &root->base, err) < 0)
        return -1;
    explain_mounts(plan->explain, &devices, NULL);
    return bind_mount_all(&plan->log, &root->base, plan->binds,
                          plan->bind_count, err);
}

/* Make the image our root and let go of everything else. */
static int root_pivot(const struct root *root, struct ch_error *err)
{
    if (fchdir(root->base.fd) < 0)
        return ch_error_set(err, errno, "cannot enter the image");
    /* Root in the outer namespace, in the new root, which is a mount: what
       pivot_root(2) wants. The old root is stacked on the new one. */
    if (syscall(SYS_pivot_root, ".", ".") < 0) {
        ch_error_set(err, errno, "cannot make the image the root directory");
        return cause_explain(CAUSES_PIVOT_ROOT, err);
    }
    /* The old root itself, and what else was stacked on it. */
    for (int i = 0; i < 1 + root->stacked; i++)
        if (umount2(".", MNT_DETACH) < 0) {
            ch_error_set(err, errno, "cannot detach the host's files");
            return cause_explain(CAUSES_CAPABILITY, err);
        }
    if (chdir("/") < 0)
        return ch_error_set(err, errno, "cannot enter the new root directory");
    return 0;
}

/* Why the root is as it is. */
static struct explain_rule base_rule(const struct root *root)
{
    const struct plan *plan = root->plan;
    struct explain_rule rule = {.text = "image"};

    if (plan->explain->keeps)
        rule = explain_rule_of_setting(plan, "overlay",
                                       "image, with an overlay that is kept");
    else if (plan->overlay)
        rule = explain_rule_of_setting(
            plan, plan->home ? "home" : "write-fake",
            plan->home ? "image, with an overlay for home"
                       : "image, with an overlay for writes");
    else if (root->base.writable && !plan->write)
        rule.text = "image, with an overlay to make bind destinations";
    return rule;
}

static void base_explain(struct root *root)
{
    struct explain_rule rule;

    root->base.explain = root->plan->explain;
    if (!root->base.explain)
        return;
    root->base.is_image = root->plan->write;
    rule = base_rule(root);
    explain_base(root->base.explain, &rule);
}

static void root_release(struct root *root)
{
    cleanup_close(&root->base.fd);
    cleanup_close(&root->base.tmp_fd);
    cleanup_close(&root->image_fd);
    for (size_t i = 0; root->further_fds && i < root->plan->further_count; i++)
        cleanup_close(&root->further_fds[i]);
    free(root->further_fds);
    layer_fds_release(&root->layers);
    cleanup_close(&root->scratch_fd);
}

#define CLEANUP_ROOT __attribute__((cleanup(root_release)))

int root_enter(const struct plan *plan, struct services *services,
               struct overlay_hold *hold, struct ch_error *err)
{
    CLEANUP_ROOT struct root root = {.plan = plan,
                                     .services = services,
                                     .hold = hold,
                                     .base = {.fd = -1, .tmp_fd = -1},
                                     .image_fd = -1,
                                     .scratch_fd = -1};
    bool is_shared;

    if (root_base_build(&root, err) < 0)
        return -1;
    base_explain(&root);
    if (passwd_add(&root, err) < 0)
        return -1;
    explain_mounts_setting(plan, "passwd", "passwd");
    is_shared = services_are_shared(services);
    if (is_shared && scratch_pin(&root, err) < 0)
        return -1;
    explain_mounts(plan->explain, &PIN_RULE, NULL);
    if (binds_mount(&root, err) < 0)
        return -1;
    if (is_shared)
        services_settle(services, root.scratch_fd);
    return root_pivot(&root, err);
}
