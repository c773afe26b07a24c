/** Holding what images consist of against their digests. */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { errorCode } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import { Verifier } from "../oci/verify.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

/** Faults already found, or their absence, by digest: images share layers. */
export type Known = Map<string, string | undefined>;

/** What is wrong with an image, a line each. */
export async function checkImage(
  storage: Storage,
  image: ImageRecord,
  { known, task }: { readonly known: Known; readonly task: Task },
): Promise<readonly string[]> {
  const faults = image.layers
    .filter((layer) => !existsSync(storage.layer(layer)))
    .map((layer) => `unpacked layer "${layer}" is missing`);
  const parts = partsOf(storage, image);
  if (typeof parts === "string") return [...faults, parts];
  for (const part of parts) {
    const fault = await knownFault(storage, part, { known, task });
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

/** Whether an image's manifest is there, and the right one. */
export function isManifestWhole(storage: Storage, image: ImageRecord): boolean {
  return typeof partsOf(storage, image) !== "string";
}

/** The blobs below an image's manifest that are damaged or missing. */
export async function damagedParts(
  storage: Storage,
  image: ImageRecord,
  { known, task }: { readonly known: Known; readonly task: Task },
): Promise<readonly Descriptor[]> {
  const parts = partsOf(storage, image);
  if (typeof parts === "string") return [];
  const damaged: Descriptor[] = [];
  for (const part of new Map(parts.map((each) => [each.digest, each])).values()) {
    if ((await knownFault(storage, part, { known, task })) !== undefined) damaged.push(part);
  }
  return damaged;
}

async function knownFault(
  storage: Storage,
  part: Descriptor,
  { known, task }: { readonly known: Known; readonly task: Task },
): Promise<string | undefined> {
  task.signal.throwIfAborted();
  if (!known.has(part.digest)) known.set(part.digest, await faultOf(storage, part));
  return known.get(part.digest);
}

/** The blobs below its manifest, which is checked at once: nothing it says is true otherwise. */
function partsOf(storage: Storage, { name, digest }: ImageRecord): readonly Descriptor[] | string {
  try {
    const bytes = readFileSync(storage.blob(digest));
    const verifier = new Verifier(digest, bytes.length);
    verifier.update(bytes);
    verifier.finish();
    const manifest = parseManifest(bytes, name);
    return manifest.kind === "manifest" ? [manifest.config, ...manifest.layers] : [];
  } catch (error) {
    return wordsOf(error, digest);
  }
}

async function faultOf(
  storage: Storage,
  { digest, size }: Descriptor,
): Promise<string | undefined> {
  const verifier = new Verifier(digest, size);
  try {
    for await (const chunk of createReadStream(storage.blob(digest))) verifier.update(chunk);
    verifier.finish();
    return undefined;
  } catch (error) {
    return wordsOf(error, digest);
  }
}

function wordsOf(error: unknown, digest: string): string {
  if (errorCode(error) === "ENOENT") return `blob "${digest}" is missing`;
  return error instanceof Error ? error.message : String(error);
}
