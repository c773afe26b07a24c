/**
 * A directory as an image: one layer, and the configuration that lies in it (`/ch/metadata.json`),
 * as far as it is not about layers.
 */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { step } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import { type DiffedLayer, diffLayer } from "../native/layers.ts";
import { type NewConfig, treeConfig } from "../oci/config-document.ts";
import { FileImage } from "../oci/file-image.ts";
import { formatManifest } from "../oci/manifest-text.ts";
import { type LayerCompression, layerType, OCI_CONFIG } from "../oci/media-type.ts";
import { hostPlatform } from "../oci/platform.ts";
import { digestOf } from "../oci/verify.ts";
import { readMetadata } from "./metadata.ts";

export interface Packing extends Omit<NewConfig, "diffId"> {
  /** What the user calls the directory, where that is another. */
  readonly name?: string;
  /** Where the layer may grow. */
  readonly temporary: string;
  readonly compression: LayerCompression;
  /** Keep user.* extended attributes; they are kept without it. */
  readonly xattrs?: boolean;
  readonly task: Task;
}

/** Do something with a directory as an image; its layer is gone afterwards. */
export function withTreeImage<T>(
  tree: string,
  packing: Packing,
  work: (image: FileImage) => Promise<T>,
): Promise<T> {
  const { temporary, compression, task } = packing;
  return withTemporary(temporary, async (folder) => {
    const [layerFile, configFile] = [join(folder, "layer"), join(folder, "config")];
    const { digest, size, diffId } = await pack(tree, layerFile, packing);
    const configBytes = treeConfig(readMetadata(tree), { ...packing, diffId });
    writeFileSync(configFile, configBytes);
    const config = {
      mediaType: OCI_CONFIG,
      digest: digestOf(configBytes),
      size: configBytes.length,
    };
    const top = formatManifest(config, [{ mediaType: layerType(compression), digest, size }]);
    const locate = (wanted: string) =>
      wanted === config.digest
        ? { path: configFile, offset: 0, size: config.size }
        : { path: layerFile, offset: 0, size };
    // There is no other image to choose.
    const platform = hostPlatform();
    return work(new FileImage({ name: tree, top, platform, locate }, task));
  });
}

async function pack(tree: string, path: string, packing: Packing): Promise<DiffedLayer> {
  const { name = tree, compression, xattrs = true, task } = packing;
  const meter = task.log.meter(`packing ${name}`);
  const onProgress = (bytes: number): void => meter.update(bytes);
  const fd = openSync(path, "wx", 0o600);
  try {
    const { signal } = task;
    const packed = await diffLayer(tree, fd, { compression, xattrs, onProgress, signal });
    if (packed.devices > 0) task.log.warning(`left out of "${name}": ${packed.devices} devices`);
    return packed;
  } catch (error) {
    task.signal.throwIfAborted();
    throw step("pack", name, error);
  } finally {
    closeSync(fd);
    meter.finish();
  }
}
