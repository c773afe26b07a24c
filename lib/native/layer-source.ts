/** A layer as something to be read by the C core, whatever becomes of it. */
import type { Watch } from "./watch.ts";

/** What guards against a small layer that fills the disk. */
export interface LayerLimits {
  /** Refuse a layer that unpacks to more than `slack` bytes and `ratio` times its size. */
  readonly slack: number;
  readonly ratio: number;
  /** Bytes that must stay free in the file system; 0: do not look. */
  readonly reserve: number;
}

const DEFAULT_LAYER_LIMITS: LayerLimits = {
  slack: 2 ** 30,
  ratio: 200,
  reserve: 64 * 2 ** 20,
};

export interface DecompressOptions extends Watch {
  /** For messages: what the layer is. */
  readonly name: string;
  /** Expected, "sha256:..." or "sha512:..."; without one, only computed, by sha256. */
  readonly digest?: string;
  readonly diffId?: string;
  /** The bytes have been held against `digest` as they came: only the diff ID is computed. */
  readonly digestVerified?: boolean;
  readonly limits?: Partial<LayerLimits>;
}

export interface LayerDigests {
  /** Of the bytes that were read. */
  readonly digest: string;
  readonly size: number;
  /** Of them decompressed. */
  readonly diffId: string;
}

/** As the addon wants it. */
export interface SourceShape extends LayerLimits {
  readonly name: string;
  readonly digest: string;
  readonly diffId: string;
  readonly digestVerified: boolean;
}

export function sourceShape({
  name,
  digest = "",
  diffId = "",
  digestVerified = false,
  limits,
}: DecompressOptions): SourceShape {
  return { ...DEFAULT_LAYER_LIMITS, ...limits, name, digest, diffId, digestVerified };
}
