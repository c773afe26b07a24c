/**
 * The notes that ch-mount leaves about images it had to unpack: a file `.NAME.ch-mount` beside the
 * directory says which directory that was, so that ch-umount deletes that one and never another
 * that has come to bear its name.
 */
import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { failure } from "../base/error.ts";

/** Remember that this directory is a copy. */
export function noteUnpacked(directory: string): void {
  const note = notePath(directory);
  try {
    // A note that is there speaks of a directory that is gone.
    rmSync(note, { force: true });
    writeFileSync(note, `${identity(directory)}\n`, { flag: "wx" });
  } catch (error) {
    throw failure("write", note, error);
  }
}

/** Whether this directory is a copy that ch-mount has made. */
export function isUnpacked(directory: string): boolean {
  try {
    return readFileSync(notePath(directory), "utf8").trim() === identity(directory);
  } catch {
    return false;
  }
}

export function forgetUnpacked(directory: string): void {
  rmSync(notePath(directory), { force: true });
}

function notePath(directory: string): string {
  return join(dirname(directory), `.${basename(directory)}.ch-mount`);
}

function identity(directory: string): string {
  const { dev, ino, birthtimeMs } = lstatSync(directory);
  return `${dev} ${ino} ${birthtimeMs}`;
}
