/** Making an index: one name for images of several platforms. */
import { usageError } from "../base/error.ts";
import type { Descriptor } from "./descriptor.ts";
import { DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX } from "./media-type.ts";
import { formatPlatform, type Platform } from "./platform.ts";

export interface IndexEntry extends Descriptor {
  readonly platform: Platform;
}

/** An index of these images; throws if two are for the same platform. */
export function indexDocument(entries: readonly IndexEntry[]): {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
} {
  const names = entries.map(({ platform }) => formatPlatform(platform));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw usageError(`cannot make one of these images: two are for ${twice}`);
  }
  const isDocker = entries.every(({ mediaType }) => mediaType === DOCKER_MANIFEST);
  const mediaType = isDocker ? DOCKER_INDEX : OCI_INDEX;
  const manifests = entries.map(({ mediaType: type, digest, size, platform }) => ({
    mediaType: type,
    digest,
    size,
    platform,
  }));
  const document = { schemaVersion: 2, mediaType, manifests };
  return { mediaType, bytes: Buffer.from(JSON.stringify(document)) };
}
