/**
 * Archives as "docker save" writes them: manifest.json lists images by their configuration and the
 * archives of their layers. There is no OCI manifest, so that one is made up, always the same.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { parseConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import { FileImage } from "./file-image.ts";
import { type ImageFiles, readDocument } from "./image-files.ts";
import { Fields } from "./json.ts";
import type { OpenedImage, Wanted } from "./layout.ts";
import type { BlobFile } from "./local-blobs.ts";
import { formatManifest } from "./manifest-text.ts";
import { OCI_CONFIG, OCI_LAYER } from "./media-type.ts";
import { familiarName, parseReference } from "./reference.ts";
import { readMember } from "./tar-index.ts";
import { digestOf } from "./verify.ts";

export const LIST_FILE = "manifest.json";

/** First bytes of what a layer may be compressed by; "docker save" compresses none. */
const MAGICS: readonly (readonly [suffix: string, magic: string])[] = [
  ["+gzip", "1f8b"],
  ["+zstd", "28b52ffd"],
];

interface Entry {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

export async function openDockerArchive(
  files: ImageFiles,
  { reference, platform }: Wanted,
  task: Task,
): Promise<OpenedImage> {
  const entry = chooseEntry(readList(files), reference, files.path);
  const configBytes = readDocument(files, entry.config);
  const config: Descriptor = {
    mediaType: OCI_CONFIG,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  const blobs = new Map([[config.digest, find(files, entry.config)]]);
  const { diffIds } = parseConfig(configBytes, files.path);
  const layers: Descriptor[] = [];
  for (const [index, name] of entry.layers.entries()) {
    const file = find(files, name);
    const layer = await describeLayer(file, diffIds[index] ?? "");
    blobs.set(layer.digest, file);
    layers.push(layer);
  }
  const top = formatManifest(config, layers);
  const locate = (digest: string): BlobFile | undefined => blobs.get(digest);
  const image = new FileImage({ name: files.path, top, platform, locate }, task);
  const [tag] = entry.tags;
  return { image, ...(tag !== undefined && { reference: tag }) };
}

/** Whether these are such an archive's files, and not those of a root file system. */
export function isDockerArchive(files: ImageFiles): boolean {
  if (!files.find(LIST_FILE)) return false;
  try {
    return readList(files).length > 0;
  } catch {
    return false;
  }
}

function readList(files: ImageFiles): readonly Entry[] {
  const text = readDocument(files, LIST_FILE).toString("utf8");
  const what = `"${LIST_FILE}" of "${files.path}"`;
  // The list is the document, so that it needs a name to be read like any other.
  const fields = new Fields({ images: parse(text, what) }, what);
  return (fields.objects("images") ?? []).map((image) => ({
    config: image.text("Config"),
    tags: image.texts("RepoTags") ?? [],
    layers: image.texts("Layers") ?? [],
  }));
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FatalError(`cannot read ${what}: not JSON`, { cause });
  }
}

function chooseEntry(
  entries: readonly Entry[],
  reference: string | undefined,
  path: string,
): Entry {
  const names = entries.flatMap(({ tags }) => tags);
  const hint = names.length > 0 ? `there is: ${names.join(", ")}` : undefined;
  const wanted = reference === undefined ? undefined : familiarName(parseReference(reference));
  const found = entries.filter(
    ({ tags }) =>
      wanted === undefined || tags.some((tag) => familiarName(parseReference(tag)) === wanted),
  );
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  if (first) throw new FatalError(`cannot tell which image of "${path}" is meant`, { hint });
  throw new FatalError(`there is no image "${wanted ?? ""}" in "${path}"`, { hint });
}

function find(files: ImageFiles, name: string): BlobFile {
  const file = files.find(name);
  if (file) return file;
  throw new FatalError(`cannot read "${files.path}": it has no "${name}"`);
}

/** What is not compressed has its diff id for a digest. */
async function describeLayer(file: BlobFile, diffId: string): Promise<Descriptor> {
  const start = readMember(file.path, { ...file, size: Math.min(file.size, 4) }, 4).toString("hex");
  const [suffix] = MAGICS.find(([, magic]) => start.startsWith(magic)) ?? [""];
  const digest = suffix === "" ? diffId : await hashFile(file);
  return { mediaType: `${OCI_LAYER}${suffix}`, digest, size: file.size };
}

async function hashFile({ path, offset, size }: BlobFile): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { start: offset, end: offset + size - 1 })) {
    hash.update(piece);
  }
  return `sha256:${hash.digest("hex")}`;
}
