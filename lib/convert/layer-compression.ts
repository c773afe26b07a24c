/** How layers of our own are compressed. */
import { usageError } from "../base/error.ts";
import type { LayerCompression } from "../oci/media-type.ts";
import type { FormatKind } from "./formats/format.ts";

/** Formats that know no compression. */
export const UNCOMPRESSED: Partial<Readonly<Record<FormatKind, string>>> = {
  dir: "a directory",
  docker: "an image of docker",
  "docker-archive": "a Docker archive",
  podman: "an image of podman",
};
const LAYER_COMPRESSIONS: readonly LayerCompression[] = ["none", "gzip", "zstd"];

/** Of the layer that a tree becomes; layers that there are stay as they are. */
export function chooseLayerCompression(
  kind: FormatKind,
  wish: string | undefined,
): LayerCompression {
  if (UNCOMPRESSED[kind] !== undefined) return "none";
  if (wish === undefined || kind === "squash" || kind === "tar") return "gzip";
  const wished = LAYER_COMPRESSIONS.find((candidate) => candidate === wish);
  if (wished) return wished;
  throw usageError(
    `cannot compress a layer with "${wish}"`,
    `algorithms are ${LAYER_COMPRESSIONS.join(", ")}, without a level`,
  );
}
