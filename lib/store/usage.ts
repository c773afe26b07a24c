/** What the storage directory uses, and what of it can be had back. */
import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, failure } from "../base/error.ts";
import { runProgram } from "../base/process.ts";
import type { Task } from "../base/task.ts";
import { listDeleted } from "./deleted.ts";
import { usedBlobs } from "./garbage.ts";
import { listImages } from "./images.ts";
import type { ImageRecord } from "./record.ts";
import { type Sharing, sharingOfAll } from "./sharing.ts";
import type { Storage } from "./storage.ts";

export interface Part {
  readonly count: number;
  readonly bytes: number;
  /** What "ch-image gc" removes of it, and "ch-image gc --now". */
  readonly garbage: number;
  readonly deleted: number;
}

export interface Usage {
  readonly images: readonly (Sharing & { readonly name: string; readonly size: number })[];
  /** Layers as they were fetched, manifests, configurations. */
  readonly blobs: Part;
  readonly unpacked: Part;
  /** What is being written, and what interrupted commands have left. */
  readonly temporary: Part;
  /** SquashFS files that ch-run has unpacked. */
  readonly squash: Part;
  /** Directories that could not be read, whose content is not counted: in storage of others. */
  readonly unread: number;
  readonly freeBytes: number;
}

export async function usageOf(storage: Storage, task: Task): Promise<Usage> {
  const images = listImages(storage);
  const all = [...images, ...listDeleted(storage)];
  const blobNames = [images, all].map((some) => usedBlobs(storage, some));
  const layerNames = [images, all].map((some) => new Set(some.flatMap(({ layers }) => layers)));
  const none = [new Set<string>(), new Set<string>()];
  const blobs = await measure(join(storage.path, "blobs/sha256"), task);
  const unpacked = await measure(storage.folder("layers"), task);
  const temporary = await measure(storage.folder("tmp"), task);
  const squash = await measure(join(storage.path, "unpacked"), task);
  return {
    images: describeImages(storage, images),
    blobs: partOf(blobs, blobNames),
    unpacked: partOf(unpacked, layerNames),
    temporary: partOf(temporary, none),
    squash: withoutGarbage(partOf(squash, none)),
    unread: [blobs, unpacked, temporary, squash].reduce((sum, { unread }) => sum + unread, 0),
    freeBytes: freeBytes(storage.path),
  };
}

function describeImages(storage: Storage, images: readonly ImageRecord[]): Usage["images"] {
  const shared = sharingOfAll(storage, images);
  return images.flatMap(({ name, size }) => {
    const found = shared.get(name);
    return found ? [{ name, size, ...found }] : [];
  });
}

/** What is in a folder. */
interface Found {
  /** Of each entry, by its name. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly unread: number;
}

/** `used` says what images have, and what deleted ones have besides. */
function partOf({ sizes }: Found, used: readonly ReadonlySet<string>[]): Part {
  const [byImages = new Set(), byAll = new Set()] = used;
  const sum = (counts: (name: string) => boolean): number =>
    [...sizes].reduce((total, [name, bytes]) => total + (counts(name) ? bytes : 0), 0);
  return {
    count: sizes.size,
    bytes: sum(() => true),
    garbage: sum((name) => !byAll.has(name)),
    deleted: sum((name) => byAll.has(name) && !byImages.has(name)),
  };
}

function withoutGarbage(part: Part): Part {
  return { ...part, garbage: 0 };
}

/** What each entry of a folder takes on the disk; du(1) walks faster than we could. */
async function measure(folder: string, task: Task): Promise<Found> {
  const names = entries(folder);
  if (names === undefined) return { sizes: new Map(), unread: 1 };
  const trees = names.filter((name) => isFolder(join(folder, name)));
  const { sizes, unread } = await walk(folder, trees, task);
  const all = names.map((name) => [name, sizes.get(name) ?? blocks(join(folder, name))] as const);
  return { sizes: new Map(all), unread };
}

/** In parts: a command line has an end. */
async function walk(folder: string, names: readonly string[], task: Task): Promise<Found> {
  const sizes = new Map<string, number>();
  let unread = 0;
  for (let done = 0; done < names.length; done += 500) {
    const paths = names.slice(done, done + 500).map((name) => join(folder, name));
    const program = { file: "du", args: ["-s", "-l", "-B1", "--", ...paths] };
    // Its status is also 1 where something has just been removed.
    const { stdout, errors } = await runProgram(program, task);
    unread += errors.filter((line) => line.endsWith(": Permission denied")).length;
    for (const [, bytes, path = ""] of stdout.matchAll(/^(\d+)\t(.*)$/gm)) {
      sizes.set(path.slice(folder.length + 1), Number(bytes));
    }
  }
  return { sizes, unread };
}

/** Undefined: not for us. */
function entries(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return [];
    if (code === "EACCES") return undefined;
    throw failure("read storage directory", folder, error);
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function blocks(path: string): number {
  return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
}

/** Where nothing is yet, of the place where it would be. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    if (errorCode(error) === "ENOENT" && path !== dirname(path)) return freeBytes(dirname(path));
    throw failure("read storage directory", path, error);
  }
}
