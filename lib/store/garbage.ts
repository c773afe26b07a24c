/** Removing what no image has any more, and what killed processes have left. */
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withTemporary } from "../host/temporary.ts";
import { deleteTree } from "../native/core.ts";
import { parseDigest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { ADDING } from "./add.ts";
import { listImages } from "./images.ts";
import { ifUnlocked } from "./lock.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

export interface Collected {
  readonly blobs: number;
  /** Bytes of the blobs. */
  readonly bytes: number;
  readonly layers: number;
}

/** Remove all garbage; undefined: somebody is adding an image, and nothing was done. */
export function collectGarbage(storage: Storage): Promise<Collected | undefined> {
  return ifUnlocked(storage, ADDING, async () => {
    const images = listImages(storage);
    const blobs = deleteBlobs(storage, usedBlobs(storage, images));
    const layers = await deleteLayers(storage, new Set(images.flatMap((image) => image.layers)));
    await sweep(storage);
    return { ...blobs, layers };
  });
}

function usedBlobs(storage: Storage, images: readonly ImageRecord[]): ReadonlySet<string> {
  const digests = images.flatMap(({ name, digest, config }) => {
    const manifest = parseManifest(readFileSync(storage.blob(digest)), name);
    const layers = manifest.kind === "manifest" ? manifest.layers : [];
    return [digest, config, ...layers.map((layer) => layer.digest)];
  });
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
  await withTemporary(storage.folder("tmp"), async (folder) => {
    for (const id of unused) renameSync(storage.layer(id), join(folder, id));
  });
  return unused.length;
}

/** Nobody adds anything now: what grows in tmp/ grows no more. ch-run's own has other names. */
async function sweep(storage: Storage): Promise<void> {
  const left = readdirSync(storage.folder("tmp")).filter((name) =>
    /^\.charliecloud\.|^file\.|\.part$/.test(name),
  );
  for (const name of left) await deleteTree(join(storage.folder("tmp"), name));
}
