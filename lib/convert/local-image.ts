/** An image whose blobs can be opened, of any image: what is not at hand is fetched first. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { type Image, isLocal, type PushableImage } from "../oci/image.ts";
import { withLayerFiles } from "./fetch-layers.ts";
import type { Job } from "./formats/format.ts";
import type { LayerFiles } from "./layer-files.ts";

export function withLocalImage<T>(
  image: Image,
  { settings, task }: Job,
  use: (image: PushableImage) => Promise<T>,
): Promise<T> {
  if (isLocal(image)) return use(image);
  const { temporary } = settings;
  return withLayerFiles(image, { temporary, task }, async (files) => use(await fetched(files)));
}

async function fetched(files: LayerFiles): Promise<PushableImage> {
  const { image, layers } = files;
  const paths = await Promise.all(
    layers.map(async (layer) => [layer.descriptor.digest, await files.path(layer)] as const),
  );
  const places = new Map(paths);
  const configBytes = await image.configBytes();
  const { config } = await image.manifest();
  return {
    name: image.name,
    digest: () => image.digest(),
    manifest: () => image.manifest(),
    manifestBytes: () => image.manifestBytes(),
    config: () => image.config(),
    open: ({ digest }, start = 0) =>
      digest === config.digest
        ? Readable.from([configBytes.subarray(start)], { objectMode: false })
        : createReadStream(places.get(digest) ?? "", { start }),
  };
}
