/**
 * A directory as an image: one layer, and the configuration that lies in it (`/ch/metadata.json`),
 * as far as it is not about layers.
 */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { step } from "../base/error.ts";
import { withTemporary } from "../host/temporary.ts";
import { type DiffedLayer, diffLayer } from "../native/layers.ts";
import { treeConfig } from "../oci/config-document.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { FileImage } from "../oci/file-image.ts";
import { formatManifest } from "../oci/manifest-text.ts";
import { type LayerCompression, OCI_CONFIG, OCI_LAYER } from "../oci/media-type.ts";
import { digestOf } from "../oci/verify.ts";
import { readMetadata } from "../store/metadata.ts";
import type { Job, Layered } from "./formats/format.ts";

const CREATED_BY = "charliecloud: from a root file system";
const SUFFIXES: Readonly<Record<LayerCompression, string>> = {
  none: "",
  gzip: "+gzip",
  zstd: "+zstd",
};

/** Do something with a directory as an image; its layer is gone afterwards. */
export function withLayerOf<T>(
  tree: string,
  job: Job,
  use: (image: Layered) => Promise<T>,
): Promise<T> {
  const { settings, task } = job;
  return withTemporary(settings.temporary, async (folder) => {
    const [layerFile, configFile] = [join(folder, "layer"), join(folder, "config")];
    const { digest, size, diffId } = await pack(tree, layerFile, job);
    const mediaType = `${OCI_LAYER}${SUFFIXES[settings.layerCompression]}`;
    const configBytes = treeConfig(readMetadata(tree), { createdBy: CREATED_BY, diffId });
    writeFileSync(configFile, configBytes);
    const config = describe(configBytes);
    const top = formatManifest(config, [{ mediaType, digest, size }]);
    const locate = (wanted: string) =>
      wanted === config.digest
        ? { path: configFile, offset: 0, size: config.size }
        : { path: layerFile, offset: 0, size };
    const { platform } = settings;
    const image = new FileImage({ name: tree, top, platform, locate }, task);
    return use({ kind: "layers", image });
  });
}

async function pack(tree: string, path: string, { settings, task }: Job): Promise<DiffedLayer> {
  const { layerCompression: compression } = settings;
  const meter = task.log.meter(`packing ${tree}`);
  const onProgress = (bytes: number): void => meter.update(bytes);
  const fd = openSync(path, "wx", 0o600);
  try {
    const packed = await diffLayer(tree, fd, { compression, onProgress, signal: task.signal });
    if (packed.devices > 0) task.log.info(`device nodes left out: ${packed.devices}`);
    return packed;
  } catch (error) {
    task.signal.throwIfAborted();
    throw step("pack", tree, error);
  } finally {
    closeSync(fd);
    meter.finish();
  }
}

function describe(configBytes: Uint8Array): Descriptor {
  return { mediaType: OCI_CONFIG, digest: digestOf(configBytes), size: configBytes.length };
}
