/**
 * An OCI image layout that gets one more image: a new layout takes over what is in the old one, its
 * blobs as further names of the same files. So it costs next to nothing, and whoever reads the old
 * one meanwhile reads on.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { failure } from "../base/error.ts";
import { filesBelow } from "./image-files.ts";
import { INDEX_FILE, LAYOUT_FILE, namesOf, readLayoutIndex } from "./layout.ts";
import type { Index } from "./manifest.ts";

const BLOBS = "blobs";
const PARTS = [BLOBS, INDEX_FILE, LAYOUT_FILE];

export function countImages(directory: string): number {
  return readIndex(directory).entries.length;
}

/** Whether a layout has an image of this name. */
export function hasImageCalled(directory: string, name: string): boolean {
  return readIndex(directory).index.manifests.some((entry) => isCalled(entry, name));
}

/** What is in a layout's directory and belongs to something else, such as ch-image's storage. */
export function strangerIn(directory: string): string | undefined {
  return namesIn(directory).find((name) => !PARTS.includes(name));
}

/** Let a new layout have all images of an old one, but for those that are called `name`. */
export function takeOver(old: string, made: string, name: string): void {
  for (const algorithm of namesIn(join(old, BLOBS))) takeBlobs(old, made, join(BLOBS, algorithm));
  const before = readIndex(old);
  const after = readIndex(made);
  const kept = before.entries.filter((_, place) => !isCalled(before.index.manifests[place], name));
  const manifests = [...kept, ...after.entries];
  const document = { ...before.fields, ...after.fields, manifests };
  writeFileSync(join(made, INDEX_FILE), JSON.stringify(document));
}

interface IndexDocument {
  readonly index: Index;
  /** The same as it is written, with what we do not know. */
  readonly fields: object;
  readonly entries: readonly unknown[];
}

function readIndex(directory: string): IndexDocument {
  const { bytes, index } = readLayoutIndex(filesBelow(directory));
  const fields: { manifests?: unknown[] | null } = JSON.parse(bytes.toString());
  return { index, fields, entries: fields.manifests ?? [] };
}

function isCalled(entry: Index["manifests"][number] | undefined, name: string): boolean {
  return entry !== undefined && namesOf(entry).includes(name);
}

function takeBlobs(old: string, made: string, folder: string): void {
  mkdirSync(join(made, folder), { recursive: true });
  for (const name of namesIn(join(old, folder))) {
    takeFile(join(old, folder, name), join(made, folder, name));
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw failure("read", directory, error);
  }
}

/** What the new layout has, too, has the same content, as its name says. */
function takeFile(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    if (!lstatSync(from).isFile() || !linked(from, to)) copyFileSync(from, to);
  } catch (error) {
    throw failure("copy", from, error);
  }
}

/** Not every file system lets a file have a second name. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}
