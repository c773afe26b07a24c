/** What refusals of the SquashFS service come from: each cause is made, and must be named. */
import { type CauseRow, testCause } from "../helpers/cause.ts";
import { squashImage, squashWay } from "../helpers/root-image.ts";
import { runConditional } from "../helpers/test-if.ts";

const ADMIN = "the administrator can fix it: ";
const FULL_GROUP = `mount -t tmpfs none /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/job/step &&
  echo 5 | tee /sys/fs/cgroup/job/pids.max >/sys/fs/cgroup/job/pids.current &&
  echo max >/sys/fs/cgroup/job/step/pids.max && echo 0::/job/step >"$1/cgroup" &&
  mount --bind "$1/cgroup" /proc/$$/cgroup || exit 98`;

/** What is made, by a script and by what system call is refused; message and hint. */
const ROWS: readonly CauseRow[] = [
  [
    "no FUSE in the kernel",
    undefined,
    ["mount:3=7", "ENODEV"],
    "No such device: the kernel has no FUSE",
    `${ADMIN}modprobe fuse`,
  ],
  [
    "FUSE that user namespaces may not have",
    undefined,
    ["mount:3=7", "EPERM"],
    "Operation not permitted: the kernel forbids FUSE in user namespaces",
    `${ADMIN}install Linux 4.18`,
  ],
  [
    "a /dev/fuse that is another device",
    undefined,
    ["mount:3=7", "EINVAL"],
    "Invalid argument: /dev/fuse is not the FUSE device",
    `${ADMIN}mknod -m 666 /dev/fuse c 10 229`,
  ],
  [
    "a control group without processes left",
    FULL_GROUP,
    ["clone", "EAGAIN"],
    "Resource temporarily unavailable: no more processes are allowed in this job",
    "whoever started this container or job can fix it: docker or podman run --pids-limit",
  ],
  [
    "a host without open files left",
    undefined,
    ["socketpair", "ENFILE"],
    "Too many open files in system: all processes together",
    `${ADMIN}sysctl -w fs.file-max`,
  ],
];

if (squashWay === "mounted") {
  for (const row of ROWS) testCause(row, ["--no-fuse-share", squashImage(), "--", "true"], 84);
} else {
  console.log("SKIP the SquashFS service: images cannot be mounted here");
}

runConditional();
