/** Why namespaces are refused that options ask for, and those of others; and what runs out. */
import * as assert from "uvu/assert";
import {
  assertCause,
  type CauseRow,
  canDeny,
  canPrepare,
  HIDE_FILTER,
  sysctl,
  testCause,
} from "../helpers/cause.ts";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { isOld, test } from "../helpers/kernel.ts";
import { helper } from "../helpers/native-helper.ts";
import { installed, messages } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { directoryImage, squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const ADMIN = "the administrator can fix it: ";
const STARTER = "whoever started this container can fix it: ";
const USER = "you can fix it: ";
const FILTER = "a system call filter (seccomp) is in force and forbids it";

const run: readonly string[] = [directoryImage(), "--", "true"];

/** One namespace fewer than the kernel has. */
const without = (name: string): string =>
  `mkdir "$1/ns" && for i in user mnt pid ipc net; do : >"$1/ns/$i"; done && rm "$1/ns/${name}" &&
  mount --bind "$1/ns" /proc/$$/ns || exit 98`;

/** A user who may have one process, and has some. */
const FULL_USER = 'prlimit --nproc=1:1 --pid="$$" || exit 98';
const SELINUX = `mount -t tmpfs none /sys/fs && mkdir /sys/fs/selinux &&
  printf 1 >/sys/fs/selinux/enforce || exit 98`;
const NO_MEMORY = `${sysctl("vm", "overcommit_memory", "2")}
  printf 'CommitLimit: 100 kB\\nCommitted_AS: 100 kB\\n' >"$1/meminfo" &&
  mount --bind "$1/meminfo" /proc/meminfo || exit 98`;

/** The same, with the options that ask for it. */
type Row = readonly [readonly string[], CauseRow];

const ROWS: readonly Row[] = [
  [
    ["--isolate=pid"],
    [
      "user.max_pid_namespaces = 0",
      "echo 0 >/proc/sys/user/max_pid_namespaces",
      undefined,
      "No space left on device: too many PID namespaces",
      `${ADMIN}sysctl -w user.max_pid_namespaces`,
    ],
  ],
  [
    ["--isolate=ipc,net"],
    [
      "user.max_ipc_namespaces = 0",
      "echo 0 >/proc/sys/user/max_ipc_namespaces",
      undefined,
      "No space left on device: too many namespaces: one of",
      `${ADMIN}sysctl -w user.max_ipc_namespaces`,
    ],
  ],
  [
    ["--isolate=net"],
    [
      "user.max_net_namespaces = 0",
      "echo 0 >/proc/sys/user/max_net_namespaces",
      undefined,
      "No space left on device: too many namespaces: one of",
      `${ADMIN}sysctl -w user.max_ipc_namespaces`,
    ],
  ],
  [
    ["--isolate=pid"],
    [
      "a kernel without PID namespaces",
      without("pid"),
      ["unshare:0=536870912", "EINVAL"],
      "Invalid argument: this kernel has no namespaces of that kind",
      "the kernel's builder can fix it: CONFIG_PID_NS=y",
    ],
  ],
  [
    ["--isolate=pid"],
    [
      "a host full of processes",
      sysctl("kernel", "threads-max", "1"),
      ["clone", "EAGAIN"],
      "Resource temporarily unavailable: all processes together are too many",
      `${ADMIN}end some, or sysctl -w kernel.pid_max`,
    ],
  ],
  [
    ["--isolate=pid"],
    [
      "a user who has too many processes",
      FULL_USER,
      ["clone", "EAGAIN"],
      "Resource temporarily unavailable: this user may have no more processes",
      `${USER}end some, or raise ulimit -u`,
    ],
  ],
  [
    ["--isolate=pid"],
    [
      "strict overcommitment of memory",
      NO_MEMORY,
      ["clone", "ENOMEM"],
      "Cannot allocate memory: memory is used up: the sysctl vm.overcommit_memory is 2",
      `${ADMIN}sysctl -w vm.overcommit_memory=0`,
    ],
  ],
  [
    ["--isolate=pid"],
    [
      "memory that is used up",
      undefined,
      ["clone", "ENOMEM"],
      "Cannot allocate memory: memory is used up, the host's or that of this job",
      `${USER}ask for more memory`,
    ],
  ],
];

for (const [options, row] of ROWS) testCause(row, [...options, ...run], 31);

/** Of a SquashFS image: its server keeps the namespace of the mounts, and ch-run takes a copy. */
const COPY: CauseRow = [
  "too many mount namespaces",
  undefined,
  ["unshare:0=131072", "ENOSPC"],
  "No space left on device: too many mount namespaces",
  `${ADMIN}sysctl -w user.max_mnt_namespaces`,
];

if (squashWay === "mounted") testCause(COPY, [squashImage(), "--", "true"], 84);
else console.log("SKIP too many mount namespaces: images cannot be mounted here");

/** What forbids a command that is good in itself. */
const EXEC: readonly CauseRow[] = [
  [
    "SELinux that forbids to execute",
    `${HIDE_FILTER}\n${SELINUX}`,
    ["execve", "EACCES"],
    "Permission denied: SELinux is enforcing here and forbids it",
    `${ADMIN}allow what "ausearch -m avc" shows`,
  ],
  [
    "a filter of execve(2)",
    undefined,
    ["execve", "EPERM"],
    `Operation not permitted: ${FILTER}`,
    `${STARTER}docker or podman run --security-opt seccomp=unconfined`,
  ],
];

for (const row of EXEC) testCause(row, run, 49);

/** A container, which ends when descriptor 9 is closed, and --join-pid that may not enter it. */
const JOIN = `mkfifo "$1/fifo"
  "$2" --bind="$1:/mnt" "$3" -- sh -c ': >/mnt/up; cat' <"$1/fifo" & pid=$!
  exec 9>"$1/fifo"
  until [ -e "$1/up" ]; do sleep 0.02; done
  exec "$4" setns EPERM -- "$2" --join-pid="$pid" "$3" -- true`;

for (const [what, prepare, error, hint] of [
  ["a filter", "", FILTER, STARTER],
  ["another owner", HIDE_FILTER, "they were not made by you", `${USER}join as the user who`],
] as const) {
  testIf(canPrepare && canDeny, "no user namespaces, or no filters")(
    `${what} that keeps --join-pid out is named`,
    () =>
      withFolder((folder) => {
        const words = [folder, installed("ch-run"), directoryImage(), helper("deny-syscall")];
        const script = ["sh", "-c", `${prepare}\n${JOIN}`, "sh", ...words];
        const outcome = runLimited("unshare", ["-Urm", ...script], {});
        assertRefused(outcome, 31, /cannot enter its user namespace: Operation not permitted: /);
        const [message = "", remedy = ""] = messages(outcome.stderr);
        assert.ok(message.includes(error) && remedy.includes(hint), outcome.stderr);
      }),
  );
}

/** Two overlays, one on the other. */
const STACK = `mount -t tmpfs none /mnt && cd /mnt && mkdir u1 w1 m1 u2 w2 m2 &&
  mount -t overlay o -o "lowerdir=${directoryImage()},upperdir=u1,workdir=w1,userxattr" m1 &&
  mount -t overlay o -o lowerdir=m1,upperdir=u2,workdir=w2,userxattr m2 || exit 98`;

testIf(canPrepare && !isOld, "no overlays in user namespaces")(
  "an image on more overlays than the kernel stacks is named",
  () =>
    assertCause({
      prepare: STACK,
      args: ["--write-fake", "/mnt/m2", "--", "true"],
      status: 31,
      error: "Invalid argument: what it is made of is on overlays already",
      hint: `${USER}copy the image to another file system`,
    }),
);

test("a thread that a preloaded library has started is named", () => {
  const program = [`LD_PRELOAD=${helper("thread-library.so")}`, installed("ch-run"), ...run];
  const outcome = runLimited("env", program, {});
  const error = /: Invalid argument: this process has more than one thread, which a preloaded /;
  assertRefused(outcome, 31, error);
});

test.run();
