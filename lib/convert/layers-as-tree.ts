/** An image that consists of layers, wherever it is, as a source for formats that hold trees. */
import type { Image } from "../oci/image.ts";
import { withLayerFiles } from "./fetch-layers.ts";
import type { Job, Packed } from "./formats/format.ts";
import { imageSource } from "./image-source.ts";

export function withTreeOf<T>(
  image: Image,
  { settings, task }: Job,
  use: (source: Packed) => Promise<T>,
): Promise<T> {
  const { temporary, storage, xattrs } = settings;
  return withLayerFiles(image, { temporary, storage, task }, (files, parts) =>
    use(imageSource(files, { xattrs, task: parts })),
  );
}
