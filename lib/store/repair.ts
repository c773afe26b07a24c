/** Making a damaged image whole: what is wrong is fetched anew, and what is not unpacked is unpacked. */
import { rmSync } from "node:fs";
import type { Task } from "../base/task.ts";
import type { LayerForm } from "../native/layers.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Image } from "../oci/image.ts";
import { ensureBlob, putBlob } from "./blobs.ts";
import { damagedParts, isManifestWhole, type Known } from "./check.ts";
import { unpackLayers } from "./layers.ts";
import { ADDING, withLock } from "./lock.ts";
import { changeNames } from "./names.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";
import { StoredImage } from "./stored-image.ts";

export interface Repair {
  readonly storage: Storage;
  readonly image: ImageRecord;
  readonly form: LayerForm;
  readonly known: Known;
  /** The same image where it is from; asked for only if something has to be fetched. */
  readonly connect: () => Promise<Image>;
  readonly task: Task;
}

export async function repairImage(repair: Repair): Promise<void> {
  const { storage, task } = repair;
  await withLock(storage, ADDING, { shared: true, task, work: () => makeWhole(repair) });
}

async function makeWhole(repair: Repair): Promise<void> {
  const { storage, image, form, task } = repair;
  if (!isManifestWhole(storage, image)) await fetchManifestAnew(repair);
  for (const part of await damagedParts(storage, image, repair)) await fetchAnew(repair, part);
  const stored = new StoredImage(storage, image);
  const layers = await unpackLayers({
    storage,
    layers: await stored.layers(),
    configBytes: await stored.configBytes(),
    form,
    arrival: () => Promise.resolve(),
    task,
  });
  if (layers.join() !== image.layers.join()) {
    await changeNames(storage, { added: { ...image, layers } }, task);
  }
}

async function fetchManifestAnew({ storage, image, connect }: Repair): Promise<void> {
  const bytes = await (await connect()).manifestBytes();
  rmSync(storage.blob(image.digest), { force: true });
  putBlob(storage, bytes, image.digest);
}

async function fetchAnew(
  { storage, known, connect, task }: Repair,
  descriptor: Descriptor,
): Promise<void> {
  const origin = await connect();
  const { digest } = descriptor;
  const fetch = (path: string): Promise<void> => {
    task.log.info(`fetching: ${digest}`);
    return origin.fetch(descriptor, path);
  };
  rmSync(storage.blob(digest), { force: true });
  await ensureBlob(storage, digest, { fetch, task });
  known.set(digest, undefined);
}
