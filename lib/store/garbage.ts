/** Removing what no image has any more, and what killed processes have left. */
import { lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import { deleteTree } from "../native/core.ts";
import { parseDigest } from "../oci/digest.ts";
import { forgetDeleted } from "./deleted.ts";
import { layersOf, readRecords } from "./images.ts";
import { ADDING, ifUnlocked, withLock } from "./lock.ts";
import { changeNames } from "./names.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

const COLLECTING = "collecting";

export interface Collected {
  readonly blobs: number;
  /** Bytes of the blobs. */
  readonly bytes: number;
  readonly layers: number;
}

/**
 * Remove all garbage, and what was deleted a day ago, or with `now` at any time; undefined: somebody
 * is adding an image, and nothing was done.
 */
export function collectGarbage(
  storage: Storage,
  { now = false, task }: { readonly now?: boolean; readonly task: Task },
): Promise<Collected | undefined> {
  // One after the other: whoever takes names away meanwhile removes what they leave himself.
  const work = () => ifUnlocked(storage, ADDING, () => collect(storage, now, task));
  return withLock(storage, COLLECTING, { task, work });
}

async function collect(storage: Storage, now: boolean, task: Task): Promise<Collected> {
  forgetDeleted(storage, now ? "all" : "expired");
  const images = [...allRecords(storage, "img"), ...allRecords(storage, "deleted")];
  const blobs = deleteBlobs(storage, usedBlobs(storage, images));
  const layers = await deleteLayers(storage, new Set(images.flatMap((image) => image.layers)));
  // Who takes names away was perhaps killed, or had no room, before the index was written.
  await changeNames(storage, { also: () => sweep(storage) }, task);
  return { ...blobs, layers };
}

/** What an image needs whose record cannot be read is not known; a later version may have written it. */
function allRecords(storage: Storage, folder: "img" | "deleted"): readonly ImageRecord[] {
  const { records, damaged } = readRecords(storage, folder);
  const [first] = damaged;
  if (first) throw first.error;
  return records;
}

/** The names of the blobs that images need. */
export function usedBlobs(storage: Storage, images: readonly ImageRecord[]): ReadonlySet<string> {
  const digests = images.flatMap((image) => [
    image.digest,
    image.config,
    // Without its manifest an image is damaged; that is no reason to keep all others.
    ...layersOf(storage, image).map(({ digest }) => digest),
  ]);
  return new Set(digests.map((digest) => parseDigest(digest).hex));
}

function deleteBlobs(
  storage: Storage,
  used: ReadonlySet<string>,
): Pick<Collected, "blobs" | "bytes"> {
  const folders = readdirSync(join(storage.path, "blobs")).map((name) =>
    join(storage.path, "blobs", name),
  );
  const unused = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((hex) => !used.has(hex))
      .map((hex) => join(folder, hex)),
  );
  const bytes = unused.reduce((total, path) => total + lstatSync(path).size, 0);
  for (const path of unused) rmSync(path, { force: true });
  return { blobs: unused.length, bytes };
}

/** A layer disappears at once, and is deleted where nobody looks. */
async function deleteLayers(storage: Storage, used: ReadonlySet<string>): Promise<number> {
  const unused = readdirSync(storage.folder("layers")).filter((id) => !used.has(id));
  // A full disk may have no room even for the folder.
  if (unused.length === 0) return 0;
  await withTemporary(storage.folder("tmp"), async (folder) => {
    for (const id of unused) renameSync(storage.layer(id), join(folder, id));
  });
  return unused.length;
}

/**
 * Nobody adds anything now, or changes names: what grows in tmp/ grows no more, and who wants to add
 * opens the locks of blobs and layers later. ch-run's own has other names.
 */
async function sweep(storage: Storage): Promise<void> {
  const left = [
    ...pathsIn(storage.folder("tmp"), /^\.charliecloud\.|\.part$/),
    ...pathsIn(storage.folder("locks"), /^(?:blob|layer)-/),
  ];
  for (const path of left) await deleteTree(path);
}

function pathsIn(folder: string, names: RegExp): readonly string[] {
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => join(folder, name));
}
