/**
 * A directory as an image: one layer, and the configuration that lies in it (`/ch/metadata.json`),
 * as far as it is not about layers.
 */
import { closeSync, createReadStream, openSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { step } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import { type DiffedLayer, diffLayer } from "../native/layers.ts";
import { type ImageConfig, parseConfig } from "../oci/config.ts";
import { treeConfig } from "../oci/config-document.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { PushableImage } from "../oci/image.ts";
import { type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "../oci/media-type.ts";
import { digestOf } from "../oci/verify.ts";
import { readMetadata } from "./metadata.ts";

export interface Packing {
  /** Where the layer may grow. */
  readonly temporary: string;
  readonly compression: "gzip" | "zstd";
  /** When the image counts as made, ISO 8601. */
  readonly created: string;
  readonly task: Task;
}

/** Do something with a directory as an image; its layer is gone afterwards. */
export function withTreeImage<T>(
  tree: string,
  packing: Packing,
  work: (image: PushableImage) => Promise<T>,
): Promise<T> {
  return withTemporary(packing.temporary, async (folder) => {
    const path = join(folder, "layer");
    const packed = await pack(tree, path, packing);
    const { diffId } = packed;
    const layer = describe(`${OCI_LAYER}+${packing.compression}`, packed);
    const { created } = packing;
    const config = treeConfig(readMetadata(tree), {
      created,
      createdBy: "ch-image push --image",
      diffId,
    });
    return work(new TreeImage(tree, { path, layer, config }));
  });
}

async function pack(tree: string, path: string, packing: Packing): Promise<DiffedLayer> {
  const { compression, task } = packing;
  const meter = task.log.meter(`packing ${tree}`);
  const onProgress = (bytes: number): void => meter.update(bytes);
  const fd = openSync(path, "wx", 0o600);
  try {
    const packed = await diffLayer(tree, fd, { compression, onProgress, signal: task.signal });
    if (packed.devices > 0) task.log.warning(`left out of "${tree}": ${packed.devices} devices`);
    return packed;
  } catch (error) {
    task.signal.throwIfAborted();
    throw step("pack", tree, error);
  } finally {
    closeSync(fd);
    meter.finish();
  }
}

function describe(mediaType: string, { digest, size }: Omit<Descriptor, "mediaType">): Descriptor {
  return { mediaType, digest, size };
}

function describeBytes(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

interface Parts {
  /** Where the layer is. */
  readonly path: string;
  readonly layer: Descriptor;
  readonly config: Uint8Array;
}

class TreeImage implements PushableImage {
  readonly name: string;
  readonly #parts: Parts;

  constructor(name: string, parts: Parts) {
    this.name = name;
    this.#parts = parts;
  }

  async digest(): Promise<string> {
    return digestOf(await this.manifestBytes());
  }

  async manifest(): Promise<ImageManifest> {
    return parseManifest(await this.manifestBytes(), this.name) as ImageManifest;
  }

  async manifestBytes(): Promise<Uint8Array> {
    const config = describeBytes(OCI_CONFIG, this.#parts.config);
    const layers = [this.#parts.layer];
    const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
    return Buffer.from(JSON.stringify(document));
  }

  async config(): Promise<ImageConfig> {
    return parseConfig(this.#parts.config, this.name);
  }

  open({ digest }: Descriptor, from = 0): Readable {
    const { path, layer, config } = this.#parts;
    if (digest === layer.digest) return createReadStream(path, { start: from });
    return Readable.from([config.subarray(from)], { objectMode: false });
  }
}
