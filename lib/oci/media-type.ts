/** What documents and blobs of images call their formats, in Docker's words and in OCI's. */

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

/** What we ask a registry for. */
export const MANIFEST_TYPES: readonly string[] = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
];

export type LayerCompression = "none" | "gzip" | "zstd";

const LAYERS: Readonly<Record<string, LayerCompression>> = {
  "application/vnd.docker.image.rootfs.diff.tar": "none",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
  "application/vnd.docker.image.rootfs.foreign.diff.tar": "none",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": "gzip",
  "application/vnd.oci.image.layer.v1.tar": "none",
  "application/vnd.oci.image.layer.v1.tar+gzip": "gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd": "zstd",
  "application/vnd.oci.image.layer.nondistributable.v1.tar": "none",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": "gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd": "zstd",
};

/** What a layer of ours is. */
export function layerType(compression: LayerCompression): string {
  return compression === "none" ? OCI_LAYER : `${OCI_LAYER}+${compression}`;
}

/** How a layer is said to be compressed; undefined: it is no layer of a file system. */
export function layerCompression(mediaType: string): LayerCompression | undefined {
  return Object.hasOwn(LAYERS, mediaType) ? LAYERS[mediaType] : undefined;
}

/** A layer whose owner wants it to be had from him alone: it has URLs of its own. */
export function isForeign(mediaType: string): boolean {
  return /\.foreign\.|\.nondistributable\./.test(mediaType);
}

/** A media type without its parameters, as of an HTTP header. */
export function bareType(value: string | undefined): string | undefined {
  return value?.split(";")[0]?.trim().toLowerCase();
}
