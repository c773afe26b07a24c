/** An image that lies in files of this host. Of an index the image for a platform is meant. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { chooseImage, type FoundImage, type FoundManifest } from "./choose-image.ts";
import { type ImageConfig, parseConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import { type Layer, type LocalImage, type OnBytes, pairLayers } from "./image.ts";
import { type BlobFile, copyBlob, readBlob } from "./local-blobs.ts";
import { type ImageManifest, parseManifest } from "./manifest.ts";
import type { Platform } from "./platform.ts";

const PIECE = 1024 * 1024;
/** Of manifests and configurations. */
const LONGEST_DOCUMENT = 16 * 1024 * 1024;

export interface FilePlace {
  /** What the image is called in messages. */
  readonly name: string;
  /** What is to be looked into. */
  readonly top: FoundManifest;
  readonly platform: Platform;
  readonly locate: Locate;
}

/** Where a blob is, if it is there. */
export type Locate = (digest: string) => BlobFile | undefined;

export class FileImage implements LocalImage {
  readonly name: string;
  readonly #place: FilePlace;
  readonly #task: Task;
  #found: Promise<FoundImage> | undefined;
  #config: Promise<Uint8Array> | undefined;

  constructor(place: FilePlace, task: Task) {
    this.name = place.name;
    this.#place = place;
    this.#task = task;
  }

  async topDigest(): Promise<string> {
    return this.#place.top.digest;
  }

  async digest(): Promise<string> {
    return (await this.#image()).digest;
  }

  async manifest(): Promise<ImageManifest> {
    return (await this.#image()).manifest;
  }

  async manifestBytes(): Promise<Uint8Array> {
    return (await this.#image()).bytes;
  }

  async config(): Promise<ImageConfig> {
    return parseConfig(await this.configBytes(), this.name);
  }

  async configBytes(): Promise<Uint8Array> {
    this.#config ??= this.#readConfig((await this.manifest()).config);
    return this.#config;
  }

  async layers(): Promise<readonly Layer[]> {
    return pairLayers(await this.manifest(), await this.config(), this.name);
  }

  fetch(blob: Descriptor, path: string, onBytes?: OnBytes): Promise<void> {
    return copyBlob(blob, { from: this.#locate(blob.digest), to: path, onBytes, task: this.#task });
  }

  open(blob: Descriptor, from = 0): Readable {
    const { path, offset, size } = this.#locate(blob.digest);
    if (from >= size) return Readable.from([]);
    const end = offset + size - 1;
    return createReadStream(path, { start: offset + from, end, highWaterMark: PIECE });
  }

  #image(): Promise<FoundImage> {
    const { name, top, platform } = this.#place;
    this.#found ??= chooseImage(top, platform, {
      name,
      readManifest: (digest) => this.#readManifest(digest),
      readConfig: (descriptor) => this.#readConfig(descriptor),
    });
    return this.#found;
  }

  #readManifest(digest: string): Promise<FoundManifest> {
    return readManifest(digest, this.#place.locate, this.name);
  }

  #readConfig(descriptor: Descriptor): Promise<Uint8Array> {
    return readBlob(descriptor, this.#locate(descriptor.digest), LONGEST_DOCUMENT);
  }

  #locate(digest: string): BlobFile {
    return located(digest, this.#place.locate, this.name);
  }
}

/** A manifest or index; `name` is what its image is called. */
export async function readManifest(
  digest: string,
  locate: Locate,
  name: string,
): Promise<FoundManifest> {
  const file = located(digest, locate, name);
  const bytes = await readBlob({ mediaType: "", digest, size: file.size }, file, LONGEST_DOCUMENT);
  return { digest, bytes, manifest: parseManifest(bytes, name) };
}

function located(digest: string, locate: Locate, name: string): BlobFile {
  const found = locate(digest);
  if (found) return found;
  throw new FatalError(`cannot read "${name}": blob "${digest}" is missing`);
}
