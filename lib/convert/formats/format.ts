/**
 * What every image format offers. A conversion joins a source and a target. Both are of one of two
 * families: trees, packed or not, and images that consist of layers. Within a family the way is
 * straight, or over a temporary tree; from layers to a tree they are unpacked, and a tree becomes
 * one layer.
 */
import type { Task } from "../../base/task.ts";
import type { SquashCompression, StreamFacts } from "../../host/mksquashfs.ts";
import type { Compression } from "../../native/core.ts";
import type { Image } from "../../oci/image.ts";
import type { LayerCompression } from "../../oci/media-type.ts";
import type { Platform } from "../../oci/platform.ts";
import type { RegistrySettings } from "../../oci/registry/registry.ts";
import type { Storage } from "../../store/storage.ts";
import type { Location } from "../location.ts";
import type { FormatKind } from "./kind.ts";

export type { FormatKind };

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
  /** Of the layer that a tree becomes. */
  readonly layerCompression: LayerCompression;
  /** Of several images of one name, which. */
  readonly platform: Platform;
  /** How registries are spoken to. */
  readonly registry: RegistrySettings;
  /** Where images of the format "ch-image" are. */
  readonly storage: Storage;
  /** Where large temporary trees may grow. */
  readonly temporary: string;
  /** Of a SquashFS image to be written: store what start-up reads as it is. */
  readonly preparation?: Preparation | undefined;
}

/** What each format is told. */
export interface Job {
  readonly settings: FormatSettings;
  readonly task: Task;
}

/** An image to be read: a tree as it is, or something that holds one. */
export type TreeSource = { readonly kind: "tree"; readonly path: string } | Packed;
export type Source = TreeSource | Layered;

export interface Layered {
  readonly kind: "layers";
  readonly image: Image;
  /** What it is called where it is, or may be called. */
  readonly reference?: string | undefined;
}

export interface Packed {
  readonly kind: "packed";
  /** Write the tree into a directory that exists and is empty. */
  readonly unpack: (directory: string) => Promise<void>;
  /** The tree with all mount points. */
  readonly stream?: Streaming;
}

/** An image to be made: a tree, or a file that holds one. */
export type TreeTarget = { readonly kind: "tree" } | Packer;
export type Target = TreeTarget | LayerSink;

export interface LayerSink {
  readonly kind: "layers";
  /** Write the image to the path, or where the format has it; it may be called `reference`. */
  readonly write: (source: Layered, output: string) => Promise<void>;
}

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
  /** What it is on disk; a format of which somebody else keeps the images has none. */
  readonly form: "directory" | "file" | "none";
  /** Do something with an image that is there. */
  read<T>(location: Location, job: Job, use: (source: Source) => Promise<T>): Promise<T>;
  create(location: Location, job: Job): Promise<Target>;
  /** Of those without a form: whether there is such an image. */
  exists?(location: Location, job: Job): Promise<boolean>;
}
