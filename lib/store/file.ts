/** Files of the storage directory that change: a new one takes the place of the old one. */
import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../base/error.ts";
import type { Storage } from "./storage.ts";

/** Write a file so that others see the old content or the new one, and nothing else. */
export function replaceFile(storage: Storage, path: string, content: string | Uint8Array): void {
  const growing = join(
    storage.folder("tmp"),
    `file.${process.pid}.${randomBytes(6).toString("hex")}`,
  );
  try {
    writeFileSync(growing, content, { flag: "wx" });
    renameSync(growing, path);
  } catch (error) {
    rmSync(growing, { force: true });
    throw failure("write", path, error);
  }
}
