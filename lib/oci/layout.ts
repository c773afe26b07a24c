/**
 * OCI image layouts (image-spec, image-layout.md) as sources: a directory, or an archive of one.
 * What an entry of the index is called is in its annotations: a tag by the specification, a whole
 * reference with many programs and with us.
 */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { FoundManifest } from "./choose-image.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";
import { FileImage, readManifest } from "./file-image.ts";
import { type ImageFiles, readDocument } from "./image-files.ts";
import { type Index, parseManifest } from "./manifest.ts";
import { OCI_INDEX } from "./media-type.ts";
import type { Platform } from "./platform.ts";
import { digestOf } from "./verify.ts";

export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
export const REF_NAME = "org.opencontainers.image.ref.name";
/** What Docker and containerd call the image in full. */
const FULL_NAME = "io.containerd.image.name";

/** Which image of a place that may have several. */
export interface Wanted {
  /** Its name; without one there must be no choice. */
  readonly reference: string | undefined;
  readonly platform: Platform;
}

/** An image, and the whole reference that the place has for it, if any. */
export interface OpenedImage {
  readonly image: FileImage;
  readonly reference?: string;
}

export async function openLayout(
  files: ImageFiles,
  { reference, platform }: Wanted,
  task: Task,
): Promise<OpenedImage> {
  const { bytes, index } = readLayoutIndex(files);
  const manifests = chooseEntries(index.manifests, reference, files.path);
  const locate = (digest: string) => files.find(blobName(digest));
  const only = manifests.length === 1 ? manifests[0] : undefined;
  const top: FoundManifest = only
    ? await readManifest(only.digest, locate, files.path)
    : { digest: digestOf(bytes), bytes, manifest: { ...index, manifests } };
  const image = new FileImage({ name: files.path, top, platform, locate }, task);
  const name = manifests.map(fullName).find((found) => found !== undefined);
  return { image, ...(name !== undefined && { reference: name }) };
}

/** What a layout holds, and the document that says so. */
export function readLayoutIndex(files: ImageFiles): { bytes: Buffer; index: Index } {
  const bytes = readDocument(files, INDEX_FILE);
  const index = parseManifest(bytes, files.path, OCI_INDEX);
  if (index.kind !== "index") throw new FatalError(`cannot read "${files.path}": it has no index`);
  return { bytes, index };
}

/** `blobs/sha256/...` */
export function blobName(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

/** Entries of one name: more than one only where each is for another platform. */
function chooseEntries(
  entries: readonly Descriptor[],
  reference: string | undefined,
  path: string,
): readonly Descriptor[] {
  const names = [...new Set(entries.flatMap((entry) => namesOf(entry)[0] ?? []))];
  const hint = names.length > 0 ? `there is: ${names.join(", ")}` : undefined;
  if (reference !== undefined) {
    const found = entries.filter((entry) => namesOf(entry).includes(reference));
    if (found.length > 0) return found;
    throw new FatalError(`there is no image "${reference}" in "${path}"`, { hint });
  }
  if (entries.length === 0) throw new FatalError(`there is no image in "${path}"`);
  if (names.length < 2) return entries;
  throw new FatalError(`cannot tell which image of "${path}" is meant`, { hint });
}

/** The names that an entry of an index has. */
export function namesOf({ annotations = {} }: Descriptor): readonly string[] {
  const names = [annotations[REF_NAME], annotations[FULL_NAME]];
  return names.filter((name) => name !== undefined);
}

/** A tag alone names no image. */
function fullName(entry: Descriptor): string | undefined {
  return namesOf(entry).findLast((name) => /[:/]/.test(name));
}
