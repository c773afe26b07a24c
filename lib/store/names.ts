/** Giving names to images, and taking them away. A name and the layout's index change together. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../base/task.ts";
import { shortageOf } from "../host/room.ts";
import { fileName, parseReference } from "../oci/reference.ts";
import { keepDeleted, restoreDeleted } from "./deleted.ts";
import { replaceFile } from "./file.ts";
import { listImages } from "./images.ts";
import { rewriteIndex } from "./layout-index.ts";
import { withLock } from "./lock.ts";
import { formatRecord, type ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

const LOCK = "names";

export interface NameChange {
  readonly added?: ImageRecord;
  readonly removed?: readonly string[];
  /** Names of images that are deleted, but can be brought back. */
  readonly deleted?: readonly string[];
  readonly restored?: readonly string[];
  /** What is to be done while nobody else changes names. */
  readonly also?: () => Promise<void>;
}

/** Give an image its name, which another one loses, and take names away. */
export async function changeNames(
  storage: Storage,
  { added, removed = [], deleted = [], restored = [], also }: NameChange,
  task: Task,
): Promise<void> {
  const work = async (): Promise<void> => {
    if (added) replaceFile(storage, pathOf(storage, added.name), formatRecord(added));
    for (const name of removed) rmSync(pathOf(storage, name), { force: true });
    for (const name of deleted) keepDeleted(storage, name);
    for (const name of restored) restoreDeleted(storage, name);
    await also?.();
    writeIndex(storage, { mustFit: added !== undefined || restored.length > 0 });
  };
  await withLock(storage, LOCK, { task, work });
}

/** On a full disk names and garbage can still be taken away; the index follows when there is room. */
function writeIndex(storage: Storage, { mustFit }: { readonly mustFit: boolean }): void {
  try {
    rewriteIndex(storage, listImages(storage));
  } catch (error) {
    if (mustFit || !shortageOf(error)) throw error;
  }
}

function pathOf(storage: Storage, name: string): string {
  return join(storage.folder("img"), fileName(parseReference(name)));
}
