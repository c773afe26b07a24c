/** The images of a storage directory, by name. Reading takes no lock and makes nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, FatalError, failure } from "../base/error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import { NoImageError } from "../oci/no-image.ts";
import { familiarName, fileName, parseReference } from "../oci/reference.ts";
import { earlierStorage } from "./earlier.ts";
import { type ImageRecord, parseRecord, RecordError } from "./record.ts";
import type { Storage } from "./storage.ts";

/** All images whose records can be read, sorted by name. */
export function listImages(storage: Storage): readonly ImageRecord[] {
  return readRecords(storage, "img").records;
}

/** A record that cannot be read. */
export interface DamagedRecord {
  readonly name: string;
  readonly error: RecordError;
}

/** The records of a folder, sorted by name: one that is damaged is no reason not to use the others. */
export function readRecords(
  storage: Storage,
  folder: "img" | "deleted",
): { readonly records: readonly ImageRecord[]; readonly damaged: readonly DamagedRecord[] } {
  const path = storage.folder(folder);
  const records: ImageRecord[] = [];
  const damaged: DamagedRecord[] = [];
  for (const file of fileNames(path)) {
    try {
      const record = readRecord(join(path, file));
      if (record) records.push(record);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      damaged.push({ name: nameOfFile(file), error });
    }
  }
  return { records: records.sort((a, b) => (a.name < b.name ? -1 : 1)), damaged };
}

/** The image of a name; throws if there is none. */
export function findImage(storage: Storage, name: string): ImageRecord {
  const found = readRecord(recordPath(storage, name));
  if (found) return found;
  throw noSuchImage(name, storage);
}

/** Whether what a name stood for is what it stands for now. */
export function isStill(storage: Storage, { name, digest, added }: ImageRecord): boolean {
  const now = readRecord(recordPath(storage, name));
  return now?.digest === digest && now.added === added;
}

/** Whether there is an image of that name; nothing that is no name has one. */
export function hasImage(storage: Storage, name: string): boolean {
  try {
    return readRecord(recordPath(storage, name)) !== undefined;
  } catch {
    return false;
  }
}

export function noSuchImage(text: string, storage: Storage): FatalError {
  const name = familiarName(parseReference(text));
  return new NoImageError(text, `there is no image "${name}" in storage`, {
    hint: `"ch-image list" shows what there is in "${storage.path}"`,
  });
}

/** Its layers as they were fetched, the oldest first; none if the manifest cannot be read. */
export function layersOf(storage: Storage, image: ImageRecord): readonly Descriptor[] {
  try {
    const manifest = parseManifest(readFileSync(storage.blob(image.digest)), image.name);
    return manifest.kind === "manifest" ? manifest.layers : [];
  } catch {
    return [];
  }
}

/** A file of another name is none of ours, and keeps it. */
function nameOfFile(file: string): string {
  try {
    return familiarName(parseReference(file));
  } catch {
    return file;
  }
}

function recordPath(storage: Storage, name: string): string {
  return join(storage.folder("img"), fileName(parseReference(name)));
}

function fileNames(folder: string): readonly string[] {
  try {
    // NFS keeps what is open while it is deleted as a hidden file.
    return readdirSync(folder).filter((file) => !file.startsWith("."));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw failure("read storage directory", folder, error);
  }
}

/** Undefined: it has just been deleted. */
function readRecord(path: string): ImageRecord | undefined {
  try {
    return parseRecord(readFileSync(path, "utf8"), path);
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (["ENOENT", "ENAMETOOLONG"].includes(code)) return undefined;
    if (code === "EISDIR") throw earlierStorage(dirname(dirname(path)));
    if (error instanceof RecordError) throw new RecordError(error.message, { hint: wayOut(path) });
    throw error instanceof FatalError ? error : failure("read", path, error);
  }
}

function wayOut(path: string): string {
  const name = nameOfFile(basename(path));
  return basename(dirname(path)) === "deleted"
    ? '"ch-image gc --now" removes what was deleted'
    : `"ch-image pull ${name}" fetches it anew, "ch-image delete ${name}" removes it`;
}
