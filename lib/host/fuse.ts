/**
 * What this host allows with FUSE. An ordinary user mounts and unmounts through fusermount3(1),
 * which is setuid root; root needs no help.
 */
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { causeText, FatalError } from "../base/error.ts";
import { runProgram } from "../base/process.ts";
import { findProgram } from "../base/search.ts";
import type { Task } from "../base/task.ts";
import { squashfsAvailable } from "../native/squashfs.ts";
import { type Holder, holdersOf } from "./holders.ts";
import type { Mount } from "./mounts.ts";

const FUSE_DEVICE = "/dev/fuse";
/** What our server's mounts are called in the kernel's table. */
const MOUNT_TYPE = "fuse.squashfuse_ll";
/** More are only counted. */
const MOST_NAMED = 8;

/** Why nothing can be mounted here, if that is so. */
export function fuseObstacle(): string | undefined {
  if (!squashfsAvailable()) return "built without SquashFS support";
  try {
    closeSync(openSync(FUSE_DEVICE, constants.O_RDWR));
  } catch (error) {
    return `cannot open "${FUSE_DEVICE}": ${causeText(error)}`;
  }
  if (isRoot()) return undefined;
  if (!findProgram("fusermount3")) return 'no program "fusermount3" in $PATH';
  return gainsNothing() ? "no_new_privs is set: fusermount3 cannot become root" : undefined;
}

/** PR_SET_NO_NEW_PRIVS(2const), which system call filters and some containers set. */
function gainsNothing(): boolean {
  return /^NoNewPrivs:\s*1$/m.test(readFileSync("/proc/self/status", "utf8"));
}

/** Whether a mount is one that our server serves, or served until it died. */
export function isImageMount(mount: Mount | undefined): boolean {
  return mount?.type === MOUNT_TYPE;
}

/** Unmount what a server serves; the server then ends by itself. */
export async function unmountImage(path: string, task: Task): Promise<void> {
  const [file, args] = isRoot() ? ["umount", [path]] : ["fusermount3", ["-u", path]];
  const { status, errors } = await runProgram({ file, args }, task);
  if (status === 0) return;
  const cause = errors.at(-1) ?? `${file} failed`;
  if (!/busy/i.test(cause)) throw new FatalError(`cannot unmount "${path}": ${cause}`);
  throw busyError(path, holdersOf(path));
}

/** The mount is in use, and by whom as far as can be seen. */
export function busyError(path: string, holders: readonly Holder[]): FatalError {
  if (holders.length === 0) {
    return new FatalError(`cannot unmount "${path}": it is in use by a process that is not yours`, {
      hint: `the admin can find it: fuser -vm "${path}"`,
    });
  }
  const named = holders.slice(0, MOST_NAMED).map(describeHolder);
  const more = holders.length - named.length;
  const all = more > 0 ? [...named, `${more} more`] : named;
  return new FatalError(`cannot unmount "${path}": it is in use by ${all.join(", ")}`, {
    hint: holders.length === 1 ? "end that process first" : "end those processes first",
  });
}

function describeHolder({ pid, name, use }: Holder): string {
  return `${name} (pid ${pid}: ${use})`;
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
