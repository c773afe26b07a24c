/**
 * Image layers, by the C core: a thread reads, hashes and decompresses, another one hashes what came
 * out, a third one writes. Failed calls reject as those of core.ts do; the code is EBADMSG where a
 * digest is not the one expected, EFBIG for a layer beyond the limits, ENOSPC for too little room.
 */
import type { Compression } from "./core.ts";
import {
  type DecompressOptions,
  type LayerDigests,
  type SourceShape,
  sourceShape,
} from "./layer-source.ts";
import { loadAddon } from "./load.ts";
import { type Watch, watched } from "./watch.ts";

/**
 * "overlay": each layer in a directory of its own, whiteouts as overlayfs has them; "flat": one tree
 * of all layers, into which they go oldest first. Both show the same image.
 */
export type LayerForm = "overlay" | "flat";

export interface ApplyOptions extends DecompressOptions {
  readonly form: LayerForm;
  /** Keep user.* extended attributes; they are kept without it. */
  readonly xattrs?: boolean;
  /**
   * Form "overlay": the directories of the layers below, newest first; [] for the oldest. Directories
   * that the layer has something in but does not describe get their attributes from there, and
   * whiteouts of what is not there are left out, which overlayfs would list as files. Without it,
   * both is left as it is.
   */
  readonly lower?: readonly string[];
}

export interface AppliedLayer extends LayerDigests {
  /** Members written, and bytes of file data. */
  readonly entries: number;
  readonly bytes: number;
  /** Whiteouts, opaque directories included. */
  readonly whiteouts: number;
  /** Devices, which an unprivileged image cannot hold: left out. */
  readonly devices: number;
  /** Setuid and setgid files and directories: the bits are in user.charliecloud.mode only. */
  readonly privileged: number;
  /** Members that lost extended attributes, because the file system has none. */
  readonly xattrsLost: number;
  /** Form "overlay": the layer hides all below it, which overlayfs cannot say of a root. */
  readonly opaque: boolean;
}

export interface DiffOptions extends Watch {
  readonly compression: Compression;
  /** Keep user.* extended attributes; they are kept without it. */
  readonly xattrs?: boolean;
}

export interface DiffedLayer {
  /** Of the bytes that were written. */
  readonly digest: string;
  readonly size: number;
  /** Of them before compression. */
  readonly diffId: string;
  /** Members written, whiteouts included, and bytes of file data. */
  readonly entries: number;
  readonly bytes: number;
  readonly whiteouts: number;
  /** Left out, and with them what they replace. */
  readonly devices: number;
}

interface ApplyShape extends SourceShape {
  readonly form: LayerForm;
  readonly xattrs: boolean;
  readonly lower: readonly string[] | undefined;
}

interface Addon {
  applyLayer(
    fd: number,
    directory: string,
    shape: ApplyShape,
    control: BigInt64Array,
  ): Promise<AppliedLayer>;
  decompressLayer(
    fd: number,
    target: number,
    shape: SourceShape,
    control: BigInt64Array,
  ): Promise<LayerDigests>;
  diffLayer(
    upper: string,
    fd: number,
    shape: { readonly compression: Compression; readonly xattrs: boolean },
    control: BigInt64Array,
  ): Promise<DiffedLayer>;
}

const addon = (): Addon => loadAddon<Addon>("charliecloud");

/**
 * Unpack the layer that `fd` gives, a file or a pipe, from where it is to its end, compressed or
 * not; the caller closes it. `directory` exists, and for "overlay" is empty. What a failed call has
 * written stays.
 */
export function applyLayer(
  fd: number,
  directory: string,
  options: ApplyOptions,
): Promise<AppliedLayer> {
  const { form, lower, xattrs = true } = options;
  const shape = { ...sourceShape(options), form, lower, xattrs };
  return watched(options, (control) => addon().applyLayer(fd, directory, shape, control));
}

/** Write the layer, or whatever archive, that `fd` gives to `target`, without its compression. */
export function decompressLayer(
  fd: number,
  target: number,
  options: DecompressOptions,
): Promise<LayerDigests> {
  const shape = sourceShape(options);
  return watched(options, (control) => addon().decompressLayer(fd, target, shape, control));
}

/**
 * Write to `fd` the layer that the directory `upper` is: one that applyLayer() has made in form
 * "overlay", or the upper directory of an overlay. The same bytes for the same tree.
 */
export function diffLayer(upper: string, fd: number, options: DiffOptions): Promise<DiffedLayer> {
  const { compression, xattrs = true } = options;
  const shape = { compression, xattrs };
  return watched(options, (control) => addon().diffLayer(upper, fd, shape, control));
}
