/**
 * What every place that an image can be in offers: a lazy view that does not change. Whoever reads
 * of it gets bytes that were checked against digest and size on the way.
 */
import type { Readable } from "node:stream";
import { FatalError } from "../base/error.ts";
import type { ImageConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageManifest } from "./manifest.ts";

export interface Image {
  /** What it is called in messages. */
  readonly name: string;
  /** What its name itself stands for: an index's digest, where that is one. */
  topDigest(): Promise<string>;
  /** The digest of its manifest. */
  digest(): Promise<string>;
  manifest(): Promise<ImageManifest>;
  /** The manifest's very bytes: its digest is theirs. */
  manifestBytes(): Promise<Uint8Array>;
  config(): Promise<ImageConfig>;
  configBytes(): Promise<Uint8Array>;
  /** The oldest first. */
  layers(): Promise<readonly Layer[]>;
  /**
   * Write a blob of it into a file, which is the right one if the call ends well. What an earlier
   * try has left there may be kept; nobody else may write to it meanwhile.
   */
  fetch(blob: Descriptor, path: string, onBytes?: OnBytes): Promise<void>;
  /** Nobody wants it any more: what is being fetched ends, and nothing can be fetched later. */
  abandon?(): void;
}

/** Called with a number of bytes as they become ours; it is negative if they were wrong. */
export type OnBytes = (count: number) => void;

/** An image whose blobs are at hand. */
export interface LocalImage extends Image {
  /** A blob's bytes from an offset on. Whoever takes them in holds them against the digest. */
  open(descriptor: Descriptor, from?: number): Readable;
}

export function isLocal(image: Image): image is LocalImage {
  return "open" in image;
}

/** As much of it as a registry wants. */
export type PushableImage = Pick<
  LocalImage,
  "name" | "digest" | "manifest" | "manifestBytes" | "config" | "open"
>;

export interface Layer {
  readonly descriptor: Descriptor;
  /** The digest of the archive when uncompressed. */
  readonly diffId: string;
}

/** The layers of an image with their ids; throws if manifest and configuration do not fit. */
export function pairLayers(
  { layers }: ImageManifest,
  { diffIds }: ImageConfig,
  name: string,
): readonly Layer[] {
  if (layers.length !== diffIds.length) {
    throw new FatalError(
      `cannot use "${name}": its manifest has ${layers.length} layers, its configuration ${diffIds.length}`,
    );
  }
  return layers.map((descriptor, index) => ({ descriptor, diffId: diffIds[index] ?? "" }));
}
