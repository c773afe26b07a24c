/** Writing OCI image layouts. Docker's manifests become OCI's, which is all that a layout may hold. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure } from "../base/error.ts";
import type { FoundImage } from "./choose-image.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Image } from "./image.ts";
import { blobName, INDEX_FILE, LAYOUT_FILE, REF_NAME } from "./layout.ts";
import { formatManifest } from "./manifest-text.ts";
import { layerCompression, layerType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "./media-type.ts";

const VERSION = '{"imageLayoutVersion":"1.0.0"}';

/** Write a layout of one image, under a name if it has one, into a directory that is there. */
export async function writeLayout(
  image: Image,
  directory: string,
  reference: string | undefined,
): Promise<void> {
  const { digest, bytes, manifest } = await asOci(image);
  const write = (name: string, content: Uint8Array | string): void =>
    writeBelow(directory, name, content);
  write(blobName(manifest.config.digest), await image.configBytes());
  write(blobName(digest), bytes);
  for (const layer of unique(manifest.layers)) {
    mkdirSync(dirname(join(directory, blobName(layer.digest))), { recursive: true });
    await image.fetch(layer, join(directory, blobName(layer.digest)));
  }
  const { platform } = await image.config();
  const annotations = reference === undefined ? undefined : { [REF_NAME]: reference };
  const entry = { mediaType: OCI_MANIFEST, digest, size: bytes.length, platform, annotations };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] };
  write(INDEX_FILE, JSON.stringify(index));
  write(LAYOUT_FILE, VERSION);
}

async function asOci(image: Image): Promise<FoundImage> {
  const manifest = await image.manifest();
  if (manifest.mediaType === OCI_MANIFEST) {
    return { digest: await image.digest(), bytes: await image.manifestBytes(), manifest };
  }
  const config = { ...manifest.config, mediaType: OCI_CONFIG };
  return formatManifest(config, manifest.layers.map(ociLayer));
}

function ociLayer(layer: Descriptor): Descriptor {
  const compression = layerCompression(layer.mediaType);
  return compression === undefined ? layer : { ...layer, mediaType: layerType(compression) };
}

function unique(layers: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

function writeBelow(directory: string, name: string, content: Uint8Array | string): void {
  const path = join(directory, name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (error) {
    throw failure("write", path, error);
  }
}
