/** The files that an image is kept in: below a directory, or as members of an archive. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { errorCode, FatalError, failure } from "../base/error.ts";
import type { BlobFile } from "./local-blobs.ts";
import { readMember, type TarIndex } from "./tar-index.ts";

/** Of documents that are read at once. */
const LONGEST_DOCUMENT = 16 * 1024 * 1024;

export interface ImageFiles {
  /** The directory or the archive, for messages. */
  readonly path: string;
  find(name: string): BlobFile | undefined;
}

export function filesBelow(directory: string): ImageFiles {
  return { path: directory, find: (name) => blobFile(join(directory, name)) };
}

export function filesOfArchive(path: string, index: TarIndex): ImageFiles {
  const find = (name: string): BlobFile | undefined => {
    const slice = index.get(name);
    return slice && { path, ...slice };
  };
  return { path, find };
}

/** A small file that must be there. */
export function readDocument(files: ImageFiles, name: string): Buffer {
  return readMember(...locate(files, name));
}

function locate(files: ImageFiles, name: string): Parameters<typeof readMember> {
  const file = files.find(name);
  if (!file) throw new FatalError(`cannot read "${files.path}": it has no "${name}"`);
  return [file.path, file, LONGEST_DOCUMENT];
}

/** A file as a whole; undefined if it is not there. */
function blobFile(path: string): BlobFile | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? { path, offset: 0, size: stats.size } : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw failure("read", path, error);
  }
}
