/** An image whose blobs can be opened, of any image: what is not at hand is fetched first. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { parseDigest } from "../oci/digest.ts";
import { type Image, isLocal, type PushableImage } from "../oci/image.ts";
import type { Job } from "./formats/format.ts";
import { type LayerFiles, withLayerFiles } from "./layer-files.ts";

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
  const { image, folder } = files;
  await Promise.all(files.layers.map((layer) => files.path(layer)));
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
        : createReadStream(join(folder, parseDigest(digest).hex), { start }),
  };
}
