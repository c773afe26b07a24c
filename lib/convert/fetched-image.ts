/**
 * An image for those who copy its blobs one by one: what is not at hand is fetched first, side by
 * side, and where another process can go on with it.
 */
import type { Descriptor } from "../oci/descriptor.ts";
import { type Image, isLocal, type OnBytes } from "../oci/image.ts";
import { copyBlob } from "../oci/local-blobs.ts";
import { withLayerFiles } from "./fetch-layers.ts";
import type { Job } from "./formats/format.ts";
import type { LayerFiles } from "./layer-files.ts";

export function withFetched<T>(
  image: Image,
  { settings, task }: Job,
  use: (image: Image) => Promise<T>,
): Promise<T> {
  if (isLocal(image)) return use(image);
  const { temporary, storage } = settings;
  return withLayerFiles(image, { temporary, storage, task }, (files, parts) =>
    use(fetched(files, { settings, task: parts })),
  );
}

function fetched(files: LayerFiles, { task }: Job): Image {
  const { image } = files;
  return {
    name: image.name,
    topDigest: () => image.topDigest(),
    digest: () => image.digest(),
    manifest: () => image.manifest(),
    manifestBytes: () => image.manifestBytes(),
    config: () => image.config(),
    configBytes: () => image.configBytes(),
    layers: async () => files.layers,
    async fetch(blob: Descriptor, to: string, onBytes?: OnBytes) {
      const layer = files.layers.find(({ descriptor }) => descriptor.digest === blob.digest);
      if (!layer) return image.fetch(blob, to, onBytes);
      const from = { path: await files.path(layer), offset: 0, size: blob.size };
      return copyBlob(blob, { from, to, onBytes, task });
    },
  };
}
