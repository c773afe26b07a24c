/**
 * Whether a tar archive holds a root file system or an image's parts. Archives of images have files
 * of few names only, so that the first other name decides, and a large root file system is not read
 * through. Of a compressed one the beginning tells; "docker save" is what people compress.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { failure } from "../base/error.ts";
import { isDockerArchive } from "./docker-archive.ts";
import { filesOfArchive } from "./image-files.ts";
import { INDEX_FILE, LAYOUT_FILE } from "./layout.ts";
import { firstNames, readTarIndex } from "./tar-index.ts";

export type ArchiveKind = "tar" | "oci-archive" | "docker-archive";

/** As docker, podman, skopeo, BuildKit, crane, Bazel and others name the parts. */
const PART =
  /^(\.\/?|blobs\/?|blobs\/\w+\/?|blobs\/\w+\/[0-9a-f]+|index\.json|oci-layout|(manifest|config)\.json|repositories|(sha256:)?[0-9a-f]{64}(\.json|\.tar|\.tar\.gz|\/|\/layer\.tar|\/json|\/VERSION)?)$/;
const BEGINNING = 128 * 1024;

/** What an archive is. Docker's newer ones are both kinds of image: they have an index, too. */
export function archiveKind(path: string): ArchiveKind {
  const index = readTarIndex(path, isPartName);
  if (!index) return beginsAsImage(path) ? "docker-archive" : "tar";
  if (index.has(LAYOUT_FILE) && index.has(INDEX_FILE)) return "oci-archive";
  return isDockerArchive(filesOfArchive(path, index)) ? "docker-archive" : "tar";
}

function isPartName(name: string): boolean {
  return PART.test(name);
}

/** A first "./" alone is any archive's. */
function beginsAsImage(path: string): boolean {
  const names = firstNames(gunzipped(readBeginning(path))).filter((name) => !/^\.\/?$/.test(name));
  return names.length > 0 && names.every(isPartName);
}

function readBeginning(path: string): Buffer {
  const bytes = Buffer.alloc(BEGINNING);
  try {
    const fd = openSync(path, "r");
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw failure("read", path, error);
  }
}

function gunzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Compressed by something else.
    return Buffer.alloc(0);
  }
}
