/** Manifests of our own: OCI's, the same bytes for the same parts. */
import type { FoundImage } from "./choose-image.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageManifest } from "./manifest.ts";
import { OCI_MANIFEST } from "./media-type.ts";
import { digestOf } from "./verify.ts";

/** The manifest of an image that consists of these; the oldest layer first. */
export function formatManifest(config: Descriptor, layers: readonly Descriptor[]): FoundImage {
  const manifest: ImageManifest = {
    kind: "manifest",
    mediaType: OCI_MANIFEST,
    config: bare(config),
    layers: layers.map(bare),
  };
  const { kind: _, ...document } = manifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
  return { digest: digestOf(bytes), bytes, manifest };
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
