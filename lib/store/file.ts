/** Files of the storage directory: whatever grows does so in tmp/, and takes its place complete. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure } from "../base/error.ts";
import { temporaryName } from "../host/temporary.ts";
import type { Storage } from "./storage.ts";

/** Write a file so that others see the old content or the new one, and nothing else. */
export function replaceFile(storage: Storage, path: string, content: string | Uint8Array): void {
  const growing = join(storage.folder("tmp"), temporaryName());
  try {
    writeFileSync(growing, content, { flag: "wx" });
    renameSync(growing, path);
  } catch (error) {
    rmSync(growing, { force: true });
    throw failure("write", path, error);
  }
}

/** Give what is complete its place. */
export function moveInto(from: string, to: string): void {
  try {
    // Of blobs, there is a folder for each kind of digest.
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  } catch (error) {
    throw failure("write", to, error);
  }
}
