/** Blobs of the storage directory: each is fetched once, however many want it. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Task } from "../base/task.ts";
import { parseDigest } from "../oci/digest.ts";
import { digestOf } from "../oci/verify.ts";
import { moveInto, replaceFile } from "./file.ts";
import { withLock } from "./lock.ts";
import type { Storage } from "./storage.ts";

export interface Bringing {
  /** Makes the file; it goes on with what is in it, and checks the result. */
  readonly fetch: (path: string) => Promise<void>;
  /** Whatever is there already. */
  readonly anew?: boolean;
  readonly task: Task;
}

/** Make sure that a blob is there; it is fetched if it is not, or is to be fetched anew. */
export async function ensureBlob(
  storage: Storage,
  digest: string,
  { fetch, anew = false, task }: Bringing,
): Promise<void> {
  const path = storage.blob(digest);
  const part = storage.partOf(digest);
  const work = async (): Promise<void> => {
    if (anew) rmSync(part, { force: true });
    else if (existsSync(path)) return;
    await fetch(part);
    moveInto(part, path);
  };
  if (existsSync(path) && !anew) return;
  await withLock(storage, `blob-${parseDigest(digest).hex}`, { task, work });
}

/** Keep bytes that are known to be right; returns their digest. */
export function putBlob(storage: Storage, bytes: Uint8Array, known?: string): string {
  const digest = known ?? digestOf(bytes);
  const path = storage.blob(digest);
  if (existsSync(path)) return digest;
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(storage, path, bytes);
  return digest;
}
