/**
 * An image that consists of layers as a source of conversions: straight into a stream, without a
 * file being unpacked, or unpacked where a stream is not wanted or cannot say it. Both give the same.
 * The image's configuration is in it, where ch-run looks for it.
 */
import { chmodSync, closeSync, openSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, step } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { StreamFacts } from "../host/mksquashfs.ts";
import { MOUNT_POINTS } from "../host/places.ts";
import type { DecompressOptions } from "../native/layer-source.ts";
import { applyLayer } from "../native/layers.ts";
import { LayerMerge } from "../native/merge.ts";
import type { Layer } from "../oci/image.ts";
import { metadataLayer, writeMetadata } from "../store/metadata.ts";
import { type Packed, type Streaming, UNSTREAMABLE } from "./formats/format.ts";
import type { LayerFiles } from "./layer-files.ts";

export interface Reading {
  /** Keep user.* extended attributes. */
  readonly xattrs: boolean;
  readonly task: Task;
}

export function imageSource(files: LayerFiles, reading: Reading): Packed {
  return {
    kind: "packed",
    unpack: (directory) => unpack(files, directory, reading),
    stream: streamOf(files, reading),
  };
}

/* --- unpacked --- */

async function unpack(
  files: LayerFiles,
  directory: string,
  { xattrs, task }: Reading,
): Promise<void> {
  // What a root is that no layer describes.
  chmodSync(directory, 0o755);
  utimesSync(directory, 0, 0);
  await eachLayer(files, task, (fd, options) =>
    applyLayer(fd, directory, { ...options, form: "flat", xattrs }),
  );
  const { mtime } = statSync(directory);
  writeMetadata(directory, await files.image.configBytes());
  const created = await createdTime(files);
  const described = ["ch/metadata.json", "ch"].map((name) => join(directory, name));
  for (const path of described) utimesSync(path, created, created);
  utimesSync(directory, mtime, mtime);
}

/* --- as a stream --- */

function streamOf(files: LayerFiles, { xattrs, task }: Reading): Streaming {
  const merge = new LayerMerge(xattrs);
  const metadata = join(files.folder, "metadata.tar");
  return {
    async prepare(): Promise<StreamFacts> {
      await eachLayer(files, task, (fd, options) => merge.add(fd, options));
      const time = await createdTime(files);
      writeFileSync(metadata, metadataLayer(await files.image.configBytes(), time));
      await withOpen([metadata], ([fd = -1]) => merge.add(fd, { name: "metadata" }));
      return merge.finish(MOUNT_POINTS);
    },
    async write(output): Promise<void> {
      const paths = await Promise.all(files.layers.map((layer) => files.path(layer)));
      const { entries } = await withOpen([...paths, metadata], (fds) =>
        merge.write(fds, output, { signal: task.signal }),
      );
      task.log.info(`archive members: ${entries}`);
    },
  };
}

/* --- layers --- */

type Use = (fd: number, options: DecompressOptions) => Promise<{ readonly devices: number }>;

/** Do something with each layer, the oldest first, as soon as it is there. */
async function eachLayer(files: LayerFiles, task: Task, use: Use): Promise<void> {
  for (const layer of files.layers) {
    const path = await files.path(layer);
    await withOpen([path], ([fd = -1]) => useLayer(fd, layer, { task, use }));
  }
}

async function useLayer(
  fd: number,
  { descriptor, diffId }: Layer,
  { task, use }: { readonly task: Task; readonly use: Use },
): Promise<void> {
  const { log, signal } = task;
  const { digest } = descriptor;
  const name = `layer ${digest}`;
  log.info(`reading: ${digest}`);
  try {
    const { devices } = await use(fd, { name, digest, diffId, signal });
    if (devices > 0) log.warning(`left out of ${name}: ${devices} devices`);
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) === UNSTREAMABLE) throw error;
    throw step("unpack", digest, error);
  }
}

/** When the image was made, in seconds since 1970; what its configuration says of it. */
async function createdTime({ image }: LayerFiles): Promise<number> {
  const { created = "" } = await image.config();
  const time = Math.floor(Date.parse(created) / 1000);
  return time >= 0 && time < 2 ** 32 ? time : 0;
}

async function withOpen<T>(
  paths: readonly string[],
  use: (fds: readonly number[]) => Promise<T>,
): Promise<T> {
  const fds: number[] = [];
  try {
    for (const path of paths) fds.push(openSync(path, "r"));
    return await use(fds);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}
