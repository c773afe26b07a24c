/**
 * Merging the layers of an image into one tar stream for mksquashfs -tar, by the C core: no file is
 * unpacked. The layers are read twice: to learn what each name is in the end, and to write it. What
 * is kept in memory is an index of names, about 60 bytes for each and its last component.
 *
 * Calls reject as those of layers.ts do; with code EOPNOTSUPP where such a stream cannot say what
 * the layers mean: unpack them then.
 */
import type { ArchiveStats } from "./core.ts";
import {
  type DecompressOptions,
  type LayerDigests,
  type SourceShape,
  sourceShape,
} from "./layer-source.ts";
import { loadAddon } from "./load.ts";
import { type Watch, watched } from "./watch.ts";

export interface IndexedLayer extends LayerDigests {
  /** Opaque directories included. */
  readonly whiteouts: number;
  /** Which an unprivileged image cannot hold: left out. */
  readonly devices: number;
}

/** What mksquashfs takes from no archive. */
export interface MergeFacts {
  readonly rootMode: number;
  /** The newest modification time, in seconds since 1970. */
  readonly newest: number;
}

/** Empty files and directories that the result must hold: relative paths, parents first. */
export interface Additions {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

/** What the addon works on; it lives as long as somebody holds it. */
type Handle = object;

interface Addon {
  openMerge(xattrs: boolean): Handle;
  addMergeLayer(
    handle: Handle,
    fd: number,
    shape: SourceShape,
    control: BigInt64Array,
  ): Promise<IndexedLayer>;
  finishMerge(handle: Handle, additions: Additions): Promise<MergeFacts>;
  writeMerge(
    handle: Handle,
    layers: readonly number[],
    fd: number,
    control: BigInt64Array,
  ): Promise<ArchiveStats>;
}

const addon = (): Addon => loadAddon<Addon>("charliecloud");

/** Calls follow each other, never at the same time. */
export class LayerMerge {
  readonly #handle: Handle;

  /** `xattrs`: keep user.* extended attributes. */
  constructor(xattrs: boolean) {
    this.#handle = addon().openMerge(xattrs);
  }

  /** Index a layer, on top of those before, from where `fd` is to its end. */
  add(fd: number, options: DecompressOptions): Promise<IndexedLayer> {
    const shape = sourceShape(options);
    return watched(options, (control) => addon().addMergeLayer(this.#handle, fd, shape, control));
  }

  /** After the last layer. */
  finish(additions: Additions): Promise<MergeFacts> {
    return addon().finishMerge(this.#handle, additions);
  }

  /** Write the tar stream to `fd`, of the same layers, each from where its descriptor is. */
  write(layers: readonly number[], fd: number, watch: Watch = {}): Promise<ArchiveStats> {
    return watched(watch, (control) => addon().writeMerge(this.#handle, layers, fd, control));
  }
}
