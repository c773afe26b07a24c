/** Archives of images: their parts, as files in a tar archive. */
import { chmodSync, closeSync, openSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { FatalError, step } from "../../base/error.ts";
import { withTemporary } from "../../host/temporary.ts";
import { createTar } from "../../native/core.ts";
import { decompressLayer } from "../../native/layers.ts";
import { isDockerArchive, openDockerArchive } from "../../oci/docker-archive.ts";
import { filesOfArchive, type ImageFiles } from "../../oci/image-files.ts";
import { openLayout } from "../../oci/layout.ts";
import { readTarIndex } from "../../oci/tar-index.ts";
import type { Location } from "../location.ts";
import type { Job, Source } from "./format.ts";

/** Do something with the image in an archive; what is compressed is decompressed beside. */
export async function readArchive<T>(
  { place, reference }: Location,
  job: Job,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const { settings, task } = job;
  const wanted = { reference, platform: settings.platform };
  return withFiles(place, job, async (files) => {
    const open = isDockerArchive(files) ? openDockerArchive : openLayout;
    return use({ kind: "layers", ...(await open(files, wanted, task)) });
  });
}

async function withFiles<T>(
  path: string,
  job: Job,
  use: (files: ImageFiles) => Promise<T>,
): Promise<T> {
  const index = readTarIndex(path);
  if (index) return use(filesOfArchive(path, index));
  return withTemporary(job.settings.temporary, async (folder) => {
    const plain = join(folder, "archive");
    await decompress(path, plain, job);
    const found = readTarIndex(plain);
    if (!found) throw new FatalError(`cannot read "${path}": not an archive of an image`);
    return use({ ...filesOfArchive(plain, found), path });
  });
}

/** Write an archive, or a layer, without its compression; `diffId` is what must come of it. */
export async function decompress(
  path: string,
  target: string,
  { task, diffId }: Pick<Job, "task"> & { readonly diffId?: string },
): Promise<void> {
  const { signal } = task;
  const from = openSync(path, "r");
  const to = openSync(target, "wx");
  try {
    await decompressLayer(from, to, { name: path, signal, ...(diffId && { diffId }) });
  } catch (error) {
    signal.throwIfAborted();
    throw step("read", path, error);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

/** Make an archive of a folder with parts, the same bytes for the same parts. */
export async function packParts(parts: string, output: string, { task }: Job): Promise<void> {
  setAttributes(parts);
  const fd = openSync(output, "wx");
  try {
    const { signal } = task;
    await createTar(parts, fd, { compression: "none", xattrs: false, signal });
  } catch (error) {
    throw step("write", output, error);
  } finally {
    closeSync(fd);
  }
}

function setAttributes(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setAttributes(path);
    chmodSync(path, entry.isDirectory() ? 0o755 : 0o644);
    utimesSync(path, 0, 0);
  }
}
