/**
 * Locks of the storage directory: one per blob, layer or whatever else only one process may make,
 * and one that all who add share, so that who removes knows when nobody adds. The files stay until
 * nobody can have one of them open: a file that is removed could be locked by two.
 */
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { causeText, FatalError, failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { tryLock } from "../native/lock.ts";
import type { Storage } from "./storage.ts";

/**
 * Shared by all who add to the storage directory; whoever removes garbage has it alone. The locks of
 * blobs and layers are for those who hold it.
 */
export const ADDING = "adding";

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;

export interface LockOptions {
  /** Together with all others who want it shared. */
  readonly shared?: boolean;
}

/** Do something while holding a lock; waits for it. */
export async function withLock<T>(
  storage: Storage,
  name: string,
  options: LockOptions & { readonly task: Task; readonly work: () => Promise<T> },
): Promise<T> {
  if (!storage.locks) return options.work();
  const fd = openLock(storage, name);
  try {
    await waitFor(fd, name, options);
    return await options.work();
  } finally {
    closeSync(fd);
  }
}

/** Do something if the lock can be had at once; undefined if it cannot. */
export async function ifUnlocked<T>(
  storage: Storage,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (!storage.locks) return work();
  const fd = openLock(storage, name);
  try {
    return attempt(fd, name, false) ? await work() : undefined;
  } finally {
    closeSync(fd);
  }
}

function openLock(storage: Storage, name: string): number {
  const path = join(storage.folder("locks"), name);
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw failure("open lock", path, error);
  }
}

async function waitFor(
  fd: number,
  name: string,
  { shared = false, task }: LockOptions & { readonly task: Task },
): Promise<void> {
  for (
    let wait = FIRST_WAIT_MS;
    !attempt(fd, name, shared);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS)
  ) {
    if (wait === FIRST_WAIT_MS) task.log.info(`waiting for another process: ${name}`);
    await sleep(wait, undefined, { signal: task.signal });
  }
}

function attempt(fd: number, name: string, shared: boolean): boolean {
  try {
    return tryLock(fd, shared);
  } catch (error) {
    const hint = "if its file system has no locks: --no-lock, with no other ch-image at work";
    throw new FatalError(`cannot lock "${name}": ${causeText(error)}`, { hint, cause: error });
  }
}
