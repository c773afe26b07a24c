/** Want of room: how a full file system and a quota that is used up are known, and what is said. */
import { statfsSync } from "node:fs";
import { errorCode, errorHint, FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import { mountOf } from "./mounts.ts";

export type Shortage = "full" | "quota";

/** Other programs have words only; ours are started with LC_ALL=C. */
const SIGNS: readonly (readonly [Shortage, string, RegExp])[] = [
  ["full", "ENOSPC", /: No space left on device$/m],
  ["quota", "EDQUOT", /: Disk quota exceeded$/m],
];

/** Whether an error, or what has caused it, is want of room; undefined: it is something else. */
export function shortageOf(error: unknown): Shortage | undefined {
  for (const [shortage, code, words] of SIGNS) {
    if (errorCode(error) === code) return shortage;
    if (error instanceof Error && words.test(error.message)) return shortage;
  }
  return error instanceof Error && error.cause !== undefined ? shortageOf(error.cause) : undefined;
}

/** Do something that writes below folders; for want of room, the error gets a hint where there is. */
export async function withRoomIn<T>(
  folders: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const shortage = shortageOf(error);
    if (!shortage || !(error instanceof Error) || errorHint(error) !== undefined) throw error;
    throw new FatalError(error.message, { hint: hintFor(shortage, folders), cause: error });
  }
}

function hintFor(shortage: Shortage, folders: readonly string[]): string {
  const places = [...new Set(folders.map((folder) => describePlace(folder, shortage)))];
  const choice = "$TMPDIR and the name of the output choose other places";
  if (shortage === "full") return `there are ${places.join(" and ")}; ${choice}`;
  return `a quota is used up in ${places.join(" or ")}; ${choice}`;
}

/** `12 MiB free in file system "/var/tmp" (ext4)`; a quota is not in statfs(2). */
function describePlace(folder: string, shortage: Shortage): string {
  const free = shortage === "full" ? freeBytes(folder) : undefined;
  return `${free === undefined ? "" : `${formatBytes(free)} free in `}${fileSystemOf(folder)}`;
}

/** `file system "/var/tmp" (ext4)` */
export function fileSystemOf(path: string): string {
  const mount = mountOf(path);
  return mount ? `file system "${mount.path}" (${mount.type})` : `"${path}"`;
}

/** Undefined: it need not be answered, and writing tells, too. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
