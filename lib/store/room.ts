/** Room in the file system of the storage directory: that there is enough, and what is said if not. */
import { statfsSync } from "node:fs";
import { errorCode, FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import { mountOf } from "../host/mounts.ts";
import type { Storage } from "./storage.ts";

/** Throws unless so many bytes fit; before anything is written that would be in the way then. */
export function requireRoom(storage: Storage, name: string, bytes: number): void {
  const free = freeBytes(storage);
  if (free === undefined || bytes <= free) return;
  const sizes = `${formatBytes(bytes)} are needed, ${formatBytes(free)} are free`;
  throw new FatalError(`cannot fetch "${name}": ${sizes} in ${placeOf(storage)}`, {
    hint: remedy(storage),
  });
}

/** Do something; if it fails for want of room, the error says where, and what can be done. */
export async function withRoom<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isOutOfRoom(error) ? roomError(storage, error) : error;
  }
}

/** Whether an error, or what has caused it, is a full file system or a quota that is used up. */
export function isOutOfRoom(error: unknown): boolean {
  if (["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "")) return true;
  return error instanceof Error && error.cause !== undefined && isOutOfRoom(error.cause);
}

function roomError(storage: Storage, cause: unknown): FatalError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new FatalError(`${words} (${placeOf(storage)})`, { hint: remedy(storage), cause });
}

/** `file system "/var/tmp" (ext4)` */
function placeOf(storage: Storage): string {
  const mount = mountOf(storage.path);
  return mount ? `file system "${mount.path}" (${mount.type})` : `"${storage.path}"`;
}

function remedy(storage: Storage): string {
  return `"ch-image gc --now" removes what was deleted or interrupted in "${storage.path}"; --storage=DIR chooses another place`;
}

function freeBytes(storage: Storage): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(storage.path);
    return bavail * bsize;
  } catch {
    // It need not be answered: writing tells, too.
    return undefined;
  }
}
