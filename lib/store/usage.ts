/** What the storage directory uses, and what of it can be had back. */
import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
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
  readonly freeBytes: number;
}

export async function usageOf(storage: Storage, task: Task): Promise<Usage> {
  const images = listImages(storage);
  const all = [...images, ...listDeleted(storage)];
  const blobNames = [images, all].map((some) => usedBlobs(storage, some));
  const layerNames = [images, all].map((some) => new Set(some.flatMap(({ layers }) => layers)));
  const none = [new Set<string>(), new Set<string>()];
  return {
    images: describeImages(storage, images),
    blobs: partOf(await sizes(join(storage.path, "blobs/sha256"), task), blobNames),
    unpacked: partOf(await sizes(storage.folder("layers"), task), layerNames),
    temporary: partOf(await sizes(storage.folder("tmp"), task), none),
    squash: withoutGarbage(partOf(await sizes(join(storage.path, "unpacked"), task), none)),
    freeBytes: freeBytes(storage),
  };
}

function describeImages(storage: Storage, images: readonly ImageRecord[]): Usage["images"] {
  const shared = sharingOfAll(storage, images);
  return images.flatMap(({ name, size }) => {
    const found = shared.get(name);
    return found ? [{ name, size, ...found }] : [];
  });
}

type Sizes = ReadonlyMap<string, number>;

/** `used` says what images have, and what deleted ones have besides. */
function partOf(found: Sizes, used: readonly ReadonlySet<string>[]): Part {
  const [byImages = new Set(), byAll = new Set()] = used;
  const sum = (counts: (name: string) => boolean): number =>
    [...found].reduce((total, [name, bytes]) => total + (counts(name) ? bytes : 0), 0);
  return {
    count: found.size,
    bytes: sum(() => true),
    garbage: sum((name) => !byAll.has(name)),
    deleted: sum((name) => byAll.has(name) && !byImages.has(name)),
  };
}

function withoutGarbage(part: Part): Part {
  return { ...part, garbage: 0 };
}

/** What each entry of a folder takes on the disk; du(1) walks faster than we could. */
async function sizes(folder: string, task: Task): Promise<Sizes> {
  const names = entries(folder);
  const trees = names.filter((name) => isFolder(join(folder, name)));
  const walked = await walk(folder, trees, task);
  return new Map(names.map((name) => [name, walked.get(name) ?? blocks(join(folder, name))]));
}

/** In parts: a command line has an end. */
async function walk(folder: string, names: readonly string[], task: Task): Promise<Sizes> {
  const found = new Map<string, number>();
  for (let done = 0; done < names.length; done += 500) {
    const paths = names.slice(done, done + 500).map((name) => join(folder, name));
    const program = { file: "du", args: ["-s", "-l", "-B1", "--", ...paths] };
    // Its status is 1 where something has just been removed.
    const { stdout } = await runProgram(program, task);
    for (const [, bytes, path = ""] of stdout.matchAll(/^(\d+)\t(.*)$/gm)) {
      found.set(path.slice(folder.length + 1), Number(bytes));
    }
  }
  return found;
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw failure("read storage directory", folder, error);
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function blocks(path: string): number {
  return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
}

function freeBytes(storage: Storage): number {
  try {
    const { bavail, bsize } = statfsSync(storage.path);
    return bavail * bsize;
  } catch (error) {
    throw failure("read storage directory", storage.path, error);
  }
}
