/** The directory that an image is mounted on: empty before, and gone afterwards. */
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { errorCode, FatalError, failure } from "../base/error.ts";
import { mountOn } from "../host/mounts.ts";

/** Whether it had to be made; throws if something is in the way. */
export function makeMountPoint(path: string): boolean {
  if (mountOn(path)) {
    throw new FatalError(`cannot mount on "${path}": something is mounted there already`, {
      hint: `ch-umount "${path}" ends a mount of ch-mount`,
    });
  }
  const made = makeDirectory(path);
  if (made || isEmptyDirectory(path)) return made;
  throw new FatalError(`cannot mount on "${path}": it exists and is not an empty directory`);
}

/** Whether it was not there. */
export function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw failure("make directory", path, error);
  }
}

function isEmptyDirectory(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

export function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody else has put something there: leave it to them.
  }
}
