/** Room in the file system of the storage directory: that there is enough, and what is said if not. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import { fileSystemOf, freeBytes, shortageOf } from "../host/room.ts";
import type { Storage } from "./storage.ts";

/** Throws unless so many bytes fit; before anything is written that would be in the way then. */
export function requireRoom(storage: Storage, name: string, bytes: number): void {
  const free = freeBytes(storage.path);
  if (free === undefined || bytes <= free) return;
  const sizes = `${formatBytes(bytes)} are needed, ${formatBytes(free)} are free`;
  throw new FatalError(`cannot fetch "${name}": ${sizes} in ${fileSystemOf(storage.path)}`, {
    hint: remedy(storage),
  });
}

/** Do something; if it fails for want of room, the error says where, and what can be done. */
export async function withRoom<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw shortageOf(error) ? roomError(storage, error) : error;
  }
}

function roomError(storage: Storage, cause: unknown): FatalError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new FatalError(`${words} (${fileSystemOf(storage.path)})`, {
    hint: remedy(storage),
    cause,
  });
}

function remedy(storage: Storage): string {
  return `"ch-image gc --now" removes what was deleted or interrupted in "${storage.path}"; --storage=DIR chooses another place`;
}
