/** Blobs of the storage directory: each is fetched once, however many want it. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Task } from "../base/task.ts";
import { parseDigest } from "../oci/digest.ts";
import { digestOf } from "../oci/verify.ts";
import { moveInto, replaceFile } from "./file.ts";
import { withLock } from "./lock.ts";
import type { Storage } from "./storage.ts";

/**
 * Make sure that a blob is there. `fetch` is called if it is not, with the file to make; it goes on
 * with what is in that file, and checks the result.
 */
export async function ensureBlob(
  storage: Storage,
  digest: string,
  { fetch, task }: { readonly fetch: (path: string) => Promise<void>; readonly task: Task },
): Promise<void> {
  const path = storage.blob(digest);
  if (existsSync(path)) return;
  const work = async (): Promise<void> => {
    if (existsSync(path)) return;
    await fetch(storage.partOf(digest));
    moveInto(storage.partOf(digest), path);
  };
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
