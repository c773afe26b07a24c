/** index.json: the images as programs that know OCI's image layouts see them, by name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, failure } from "../base/error.ts";
import { parseManifest } from "../oci/manifest.ts";
import { OCI_INDEX } from "../oci/media-type.ts";
import { replaceFile } from "./file.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

const REF_NAME = "org.opencontainers.image.ref.name";

/** Write it anew; the caller holds the lock of the names. */
export function rewriteIndex(storage: Storage, images: readonly ImageRecord[]): void {
  const manifests = images.flatMap((image) => entryOf(storage, image));
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  replaceFile(storage, indexPath(storage), `${JSON.stringify(index)}\n`);
}

/**
 * Whether there is one that can be read. It may be a moment behind the names, or until the next
 * change where somebody was killed before writing it.
 */
export function hasIndex(storage: Storage): boolean {
  try {
    return Array.isArray(JSON.parse(readFileSync(indexPath(storage), "utf8")).manifests);
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === "ENOENT") return false;
    throw failure("read", indexPath(storage), error);
  }
}

function indexPath(storage: Storage): string {
  return join(storage.path, "index.json");
}

/** Nothing for a damaged image: it is no reason not to name the others. */
function entryOf(storage: Storage, { name, digest }: ImageRecord): readonly unknown[] {
  try {
    const bytes = readFileSync(storage.blob(digest));
    const { mediaType } = parseManifest(bytes, name);
    return [{ mediaType, digest, size: bytes.length, annotations: { [REF_NAME]: name } }];
  } catch {
    return [];
  }
}
