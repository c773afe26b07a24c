/** Bringing an image into storage, from anywhere. Layers are unpacked while later ones still come. */
import { statSync } from "node:fs";
import type { Meter } from "../base/progress.ts";
import { type Task, withParts } from "../base/task.ts";
import { Arrivals } from "../oci/arrivals.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Image, Layer, OnBytes } from "../oci/image.ts";
import { formatPlatform } from "../oci/platform.ts";
import { ensureBlob, putBlob } from "./blobs.ts";
import { storageForm } from "./form.ts";
import { unpackLayers } from "./layers.ts";
import { ADDING, withLock } from "./lock.ts";
import { changeNames } from "./names.ts";
import type { ImageRecord } from "./record.ts";
import { requireRoom, withRoom } from "./room.ts";
import type { Storage } from "./storage.ts";

export interface Addition {
  readonly storage: Storage;
  readonly image: Image;
  /** What it is to be called here. */
  readonly name: string;
  /** Layers to fetch at the same time. */
  readonly jobs: number;
  /** Also layers that storage has already. */
  readonly fetchAnew?: boolean;
  readonly task: Task;
}

/** Bring an image into storage. */
export async function addImage(addition: Addition): Promise<ImageRecord> {
  const { storage, task } = addition;
  const work = (): Promise<ImageRecord> =>
    withParts(task, (parts) => bring({ ...addition, task: parts }));
  return withRoom(storage, () => {
    storage.prepare();
    return withLock(storage, ADDING, { shared: true, task, work });
  });
}

async function bring(addition: Addition): Promise<ImageRecord> {
  const { storage, image, task } = addition;
  const [config, configBytes] = [await image.config(), await image.configBytes()];
  const { layers: descriptors, config: configDescriptor } = await image.manifest();
  const size = descriptors.reduce((total, layer) => total + layer.size, 0);
  requireRoom(storage, addition.name, missingBytes(addition, descriptors));
  const folders = await bringLayers(addition, configBytes, size);
  putBlob(storage, configBytes, configDescriptor.digest);
  const digest = putBlob(storage, await image.manifestBytes(), await image.digest());
  const record: ImageRecord = {
    name: addition.name,
    source: image.name,
    sourceDigest: await image.topDigest(),
    digest,
    config: configDescriptor.digest,
    platform: formatPlatform(config.platform),
    size,
    added: new Date().toISOString(),
    layers: folders,
  };
  await changeNames(storage, { added: record }, task);
  return record;
}

/** What is to be fetched yet. */
function missingBytes(
  { storage, fetchAnew = false }: Addition,
  layers: readonly Descriptor[],
): number {
  const there = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const missing = new Map(
    layers
      .filter(({ digest }) => fetchAnew || there(storage.blob(digest)) === 0)
      .map(({ digest, size }) => [digest, fetchAnew ? size : size - there(storage.partOf(digest))]),
  );
  return [...missing.values()].reduce((total, bytes) => total + bytes, 0);
}

async function bringLayers(
  addition: Addition,
  configBytes: Uint8Array,
  size: number,
): Promise<readonly string[]> {
  const { storage, image, name, task } = addition;
  const layers = await image.layers();
  const form = await storageForm(storage, task);
  const meter = task.log.meter(name, size);
  try {
    const arrivals = fetchAll(addition, layers, meter);
    const arrival = (layer: Layer): Promise<void> => arrivals.of(layer);
    return await unpackLayers({ storage, layers, configBytes, form, arrival, task });
  } finally {
    meter.finish();
  }
}

function fetchAll(addition: Addition, layers: readonly Layer[], meter: Meter): Arrivals<void> {
  let done = 0;
  const onBytes: OnBytes = (count) => {
    done += count;
    meter.update(done);
  };
  const bring = (layer: Layer): Promise<void> => fetchLayer(addition, layer, onBytes);
  return new Arrivals(addition.image, layers, { jobs: addition.jobs, bring });
}

function fetchLayer(
  { storage, image, fetchAnew: anew = false, task }: Addition,
  { descriptor }: Layer,
  onBytes: OnBytes,
): Promise<void> {
  const fetch = (path: string): Promise<void> => {
    task.log.info(`fetching: ${descriptor.digest}`);
    return image.fetch(descriptor, path, onBytes);
  };
  return ensureBlob(storage, descriptor.digest, { fetch, anew, task });
}
