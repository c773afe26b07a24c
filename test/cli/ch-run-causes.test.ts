/** What the kernel's refusals of ch-run come from: each cause is made, and must be named. */
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import { type CauseRow, HIDE_FILTER, sysctl, testCause } from "../helpers/cause.ts";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { isOld } from "../helpers/kernel.ts";
import { installed } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const ADMIN = "the administrator can fix it: ";
const STARTER = "whoever started this container can fix it: ";
const FILTER = "a system call filter (seccomp) is in force and forbids it";
const APPARMOR = sysctl("kernel", "apparmor_restrict_unprivileged_userns", "1");
const SELINUX = `mount -t tmpfs none /sys/fs && mkdir /sys/fs/selinux &&
  printf 1 >/sys/fs/selinux/enforce || exit 98`;
const PROFILE = `echo "docker-default (enforce)" >"$1/current" &&
  mount --bind "$1/current" /proc/$$/attr/current || exit 98`;
const INITRAMFS = `echo "1 1 0:2 / / rw - rootfs rootfs rw" >"$1/mountinfo" &&
  mount --bind "$1/mountinfo" /proc/$$/mountinfo || exit 98`;
const TURNED_OFF = "user namespaces are turned off: the sysctl ";

const directory: readonly string[] = [directoryImage(), "--", "true"];

const NO_FILTERS: CauseRow = [
  "a kernel without filters",
  undefined,
  ["seccomp", "EINVAL"],
  "Invalid argument: this kernel has no system call filters",
  "the kernel's builder can fix it: CONFIG_SECCOMP_FILTER=y",
];

const INITRAMFS_ROOT: CauseRow = [
  "a root that is an initramfs",
  INITRAMFS,
  ["pivot_root", "EINVAL"],
  "Invalid argument: the root file system is the kernel's initramfs",
  `${ADMIN}boot into a tmpfs`,
];

/** What is made, by a script and by what system call is refused; message and hint. */
const ROWS: readonly CauseRow[] = [
  [
    "user.max_user_namespaces = 0",
    "echo 0 >/proc/sys/user/max_user_namespaces",
    undefined,
    `No space left on device: ${TURNED_OFF}user.max_user_namespaces is 0`,
    `${ADMIN}sysctl -w user.max_user_namespaces=65536`,
  ],
  [
    "the limit of nested namespaces",
    "echo 1 >/proc/sys/user/max_user_namespaces",
    undefined,
    "No space left on device: too many user namespaces, here or in an outer one",
    `${ADMIN}sysctl -w user.max_user_namespaces`,
  ],
  [
    "user.max_mnt_namespaces = 0",
    "echo 0 >/proc/sys/user/max_mnt_namespaces",
    undefined,
    "No space left on device: mount namespaces are turned off",
    `${ADMIN}sysctl -w user.max_mnt_namespaces`,
  ],
  [
    "kernel.unprivileged_userns_clone = 0",
    sysctl("kernel", "unprivileged_userns_clone", "0"),
    ["unshare", "EPERM"],
    `Operation not permitted: ${TURNED_OFF}kernel.unprivileged_userns_clone is 0`,
    `${ADMIN}sysctl -w kernel.unprivileged_userns_clone=1`,
  ],
  [
    "AppArmor, when the namespace is made",
    APPARMOR,
    ["unshare", "EACCES"],
    "Permission denied: AppArmor restricts user namespaces",
    `${ADMIN}an AppArmor profile for ch-run`,
  ],
  [
    "AppArmor, when its capabilities are used",
    APPARMOR,
    ["mount", "EACCES"],
    "Permission denied: AppArmor restricts user namespaces",
    `${ADMIN}an AppArmor profile for ch-run`,
  ],
  [
    "an AppArmor profile",
    `${HIDE_FILTER}\n${PROFILE}`,
    ["mount", "EACCES"],
    "Permission denied: the AppArmor profile that is in force",
    `${STARTER}docker or podman run --security-opt apparmor=unconfined`,
  ],
  [
    "SELinux",
    `${HIDE_FILTER}\n${SELINUX}`,
    ["mount", "EACCES"],
    "Permission denied: SELinux is enforcing",
    `${ADMIN}allow what "ausearch -m avc" shows`,
  ],
  [
    "a filter of unshare(2)",
    undefined,
    ["unshare", "EPERM"],
    `Operation not permitted: ${FILTER}`,
    `${STARTER}docker or podman run --security-opt seccomp=unconfined`,
  ],
  [
    "a filter of the inner namespace",
    undefined,
    ["unshare:0=268435456", "EPERM"],
    `Operation not permitted: ${FILTER}`,
    STARTER,
  ],
  [
    "a filter of pivot_root(2)",
    undefined,
    ["pivot_root", "EPERM"],
    `Operation not permitted: ${FILTER}`,
    STARTER,
  ],
  ["nothing to be seen", undefined, ["pivot_root", "EIO"], "Input/output error", null],
  [
    "a kernel without user namespaces",
    "mount -t tmpfs none /proc/$$/ns",
    ["unshare", "EINVAL"],
    "Invalid argument: this kernel has no user namespaces",
    "the kernel's builder can fix it: CONFIG_USER_NS=y",
  ],
  [
    "/proc that is not mounted",
    "mount -t tmpfs none /proc",
    undefined,
    "No such file or directory: /proc is not a mounted proc file system",
    `${ADMIN}mount -t proc`,
  ],
  [
    "/proc that is read-only",
    "mount --rbind /proc /proc && mount -o remount,bind,ro /proc",
    undefined,
    "Read-only file system: /proc is mounted read-only",
    `${ADMIN}mount -o remount,rw /proc`,
  ],
  [
    "too many mounts",
    sysctl("fs", "mount-max", "1"),
    ["mount:3=20480", "ENOSPC"],
    "No space left on device: too many mounts",
    `${ADMIN}sysctl -w fs.mount-max`,
  ],
  [
    "a kernel without tmpfs",
    undefined,
    ["mount:3=6", "ENODEV"],
    "No such device: this kernel has no tmpfs",
    "the kernel's builder can fix it: CONFIG_TMPFS=y",
  ],
];

testCause(NO_FILTERS, ["--seccomp", ...directory], 31);
for (const row of ROWS) testCause(row, directory, 31);

if (isOld)
  console.log("SKIP an initramfs: without mount_setattr(2) a false mountinfo has no effect");
else testCause(INITRAMFS_ROOT, directory, 31);

test("a limit of open files is named", () => {
  const limit = ["--nofile=4:4096", installed("ch-run"), ...directory];
  assertRefused(runLimited("prlimit", limit, {}), 31, /: Too many open files: this process may /);
});

testIf(process.getuid?.() !== 0, "root may read any program")(
  "a ch-run that its user cannot read is named",
  () =>
    withFolder((folder) => {
      const copy = join(folder, "ch-run");
      copyFileSync(installed("ch-run"), copy);
      chmodSync(copy, 0o111);
      const outcome = runLimited(copy, directory, {});
      assertRefused(outcome, 31, /: Permission denied: the program's file is not readable for you/);
    }),
);

test.run();
