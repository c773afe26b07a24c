/**
 * Unpacked layers. In the overlay form a folder is named by the layer's chain id, since the same
 * archive on another base can be another tree; a layer that hides all below it says so by its name.
 * The image's configuration lies on top, in a layer of its own: ch-run looks for it in the image.
 */
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { failure, step } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { addPlaces } from "../host/places.ts";
import { withTemporary } from "../host/temporary.ts";
import { type AppliedLayer, applyLayer, type LayerForm } from "../native/layers.ts";
import { chainIds } from "../oci/chain.ts";
import { parseDigest } from "../oci/digest.ts";
import type { Layer } from "../oci/image.ts";
import { digestOf } from "../oci/verify.ts";
import { moveInto } from "./file.ts";
import { withLock } from "./lock.ts";
import { writeMetadata } from "./metadata.ts";
import type { Storage } from "./storage.ts";

/** Enough to be unlike any other, and short enough for a mount of sixty. */
const ID_LENGTH = 32;
const OPAQUE = "-opaque";
/** A mount can have more, but not in one page of options. */
const MOST_LAYERS = 64;

export interface Unpacking {
  readonly storage: Storage;
  readonly layers: readonly Layer[];
  readonly configBytes: Uint8Array;
  readonly form: LayerForm;
  /** Fulfilled when the layer's blob is in storage. */
  readonly arrival: (layer: Layer) => Promise<void>;
  readonly task: Task;
}

/** Unpack what is not there yet; returns the folders to be laid over each other, newest first. */
export async function unpackLayers(unpacking: Unpacking): Promise<readonly string[]> {
  const { layers, form } = unpacking;
  if (form === "flat" || layers.length >= MOST_LAYERS) return [await unpackTree(unpacking)];
  return unpackEach(unpacking);
}

async function unpackEach(unpacking: Unpacking): Promise<readonly string[]> {
  const { storage, layers, configBytes } = unpacking;
  const chain = chainIds(layers.map(({ diffId }) => diffId));
  let folders: readonly string[] = [];
  for (const [index, layer] of layers.entries()) {
    await unpacking.arrival(layer);
    const id = parseDigest(chain[index] ?? "").hex.slice(0, ID_LENGTH);
    const lower = folders.map((folder) => storage.layer(folder));
    const made = await unpackOne(unpacking, { id, layer, lower });
    folders = made.endsWith(OPAQUE) ? [made] : [made, ...folders];
  }
  const id = parseDigest(digestOf(configBytes)).hex.slice(0, ID_LENGTH);
  const top = await makeOnce(unpacking, `config-${id}`, async (root) => {
    writeMetadata(root, configBytes);
    return `config-${id}`;
  });
  return [top, ...folders];
}

interface Place {
  readonly id: string;
  readonly layer: Layer;
  /** The layers below, newest first. */
  readonly lower: readonly string[];
}

function unpackOne(unpacking: Unpacking, { id, layer, lower }: Place): Promise<string> {
  return makeOnce(unpacking, id, async (root) => {
    const { opaque } = await apply(unpacking, layer, { root, form: "overlay", lower });
    return opaque ? `${id}${OPAQUE}` : id;
  });
}

/**
 * All layers in one tree; with the configuration in it, it is this image's alone. Where overlayfs
 * does not work, ch-run cannot add the places for its mounts: they are made here.
 */
async function unpackTree(unpacking: Unpacking): Promise<string> {
  const { layers, configBytes } = unpacking;
  const ids = [...layers.map(({ diffId }) => diffId), digestOf(configBytes)];
  const id = `tree-${parseDigest(digestOf(Buffer.from(ids.join(" ")))).hex.slice(0, ID_LENGTH)}`;
  for (const layer of layers) await unpacking.arrival(layer);
  return makeOnce(unpacking, id, async (root) => {
    for (const layer of layers) await apply(unpacking, layer, { root, form: "flat", lower: [] });
    writeMetadata(root, configBytes);
    await addPlaces(root);
    return id;
  });
}

/** Make a folder of layers/ if nobody has; `make` fills it and returns its name. */
async function makeOnce(
  { storage, task }: Unpacking,
  id: string,
  make: (root: string) => Promise<string>,
): Promise<string> {
  const present = (): string | undefined =>
    [id, `${id}${OPAQUE}`].find((name) => existsSync(storage.layer(name)));
  const work = (): Promise<string> =>
    withTemporary(storage.folder("tmp"), async (folder) => {
      const found = present();
      if (found !== undefined) return found;
      const root = join(folder, "root");
      makeRoot(root);
      const name = await make(root);
      moveInto(root, storage.layer(name));
      return name;
    });
  return present() ?? (await withLock(storage, `layer-${id}`, { task, work }));
}

function makeRoot(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    throw failure("make folder", path, error);
  }
}

interface Target {
  readonly root: string;
  readonly form: LayerForm;
  readonly lower: readonly string[];
}

async function apply(
  { storage, task }: Unpacking,
  { descriptor, diffId }: Layer,
  { root, form, lower }: Target,
): Promise<AppliedLayer> {
  const { digest } = descriptor;
  const { signal } = task;
  const fd = openSync(storage.blob(digest), "r");
  try {
    task.log.info(`unpacking: ${digest}`);
    const source = { name: `layer ${digest}`, digest, digestVerified: true, diffId };
    const done = await applyLayer(fd, root, { ...source, form, lower, signal });
    if (done.devices > 0) task.log.warning(`left out of ${source.name}: ${done.devices} devices`);
    return done;
  } catch (error) {
    signal.throwIfAborted();
    throw step("unpack", digest, error);
  } finally {
    closeSync(fd);
  }
}
