/**
 * Locks on open files (flock(2)), which end with the process that holds them, however it ends.
 * Waiting is left to the caller: a thread that waits in the kernel is one that cannot work.
 */
import { loadAddon } from "./load.ts";

interface Addon {
  tryLock(fd: number, shared: boolean): boolean;
}

/** Try to lock an open file, alone or with all who share it; whether that went well. */
export function tryLock(fd: number, shared: boolean): boolean {
  return loadAddon<Addon>("charliecloud").tryLock(fd, shared);
}
