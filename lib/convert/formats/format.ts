/**
 * What every image format offers. A conversion joins a source and a target: straight where one of
 * them is a tree or the target takes the source's stream, over a temporary tree otherwise.
 */
import type { Task } from "../../base/task.ts";
import type { SquashCompression, StreamFacts } from "../../host/mksquashfs.ts";
import type { Compression } from "../../native/core.ts";

export type FormatKind = "dir" | "tar" | "squash";

export interface Preparation {
  /** The files, as absolute paths in the image; without it they are guessed. */
  readonly profile?: readonly string[] | undefined;
}

export interface FormatSettings {
  readonly xattrs: boolean;
  /** Of a tar archive to be written. */
  readonly tarCompression: Compression;
  readonly squashCompression: SquashCompression;
  /** Of a SquashFS image to be written, in bytes. */
  readonly blockSize: number;
  /** Processors to use; all without it. */
  readonly jobs?: number | undefined;
  /** Where large temporary trees may grow. */
  readonly temporary: string;
  /** Of a SquashFS image to be written: store what start-up reads as it is. */
  readonly preparation?: Preparation | undefined;
}

/** An image to be read: a tree as it is, or something that holds one. */
export type Source = { readonly kind: "tree"; readonly path: string } | Packed;

export interface Packed {
  readonly kind: "packed";
  /** Write the tree into a directory that exists and is empty. */
  readonly unpack: (directory: string) => Promise<void>;
  /** The tree with all mount points. */
  readonly stream?: Streaming;
}

/** An image to be made: a tree, or a file that holds one. */
export type Target = { readonly kind: "tree" } | Packer;

export interface Packer {
  readonly kind: "packed";
  /** Make the image file of a tree; the mount points that it lacks are added. */
  readonly pack: (tree: string, output: string) => Promise<void>;
  /** Make it of a stream; absent where that cannot be done. */
  readonly packStream?: (source: Streaming, output: string) => Promise<void>;
}

/** The code of the error for what mksquashfs would not read from a stream as it is meant. */
export const UNSTREAMABLE = "EOPNOTSUPP";

/** A tree as a plain tar archive, from which mksquashfs can make an image. */
export interface Streaming {
  /** Find out what must be known before anything is written. */
  readonly prepare: () => Promise<StreamFacts>;
  readonly write: (fd: number) => Promise<void>;
}

export interface Format {
  readonly kind: FormatKind;
  /** In a sentence: "SquashFS image". */
  readonly noun: string;
  open(path: string, settings: FormatSettings, task: Task): Promise<Source>;
  /** `name` is how messages call what is made. */
  create(name: string, settings: FormatSettings, task: Task): Promise<Target>;
}
