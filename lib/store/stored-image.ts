/** An image in storage, for whoever takes it elsewhere. */
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FatalError, failure } from "../base/error.ts";
import { type ImageConfig, parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Layer, type LocalImage, type OnBytes, pairLayers } from "../oci/image.ts";
import { type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { Verifier, verifyDigest } from "../oci/verify.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

const PIECE = 1024 * 1024;

export class StoredImage implements LocalImage {
  readonly #storage: Storage;
  readonly #record: ImageRecord;

  constructor(storage: Storage, record: ImageRecord) {
    this.#storage = storage;
    this.#record = record;
  }

  get name(): string {
    return this.#record.name;
  }

  async topDigest(): Promise<string> {
    return this.#record.sourceDigest;
  }

  async digest(): Promise<string> {
    return this.#record.digest;
  }

  async manifest(): Promise<ImageManifest> {
    const manifest = parseManifest(await this.manifestBytes(), this.name);
    if (manifest.kind === "manifest") return manifest;
    throw new FatalError(`cannot use "${this.name}" in storage: it is a list of images`);
  }

  async manifestBytes(): Promise<Uint8Array> {
    return this.#read(this.#record.digest, "manifest");
  }

  async config(): Promise<ImageConfig> {
    return parseConfig(await this.configBytes(), this.name);
  }

  async configBytes(): Promise<Uint8Array> {
    return this.#read(this.#record.config, "configuration");
  }

  async layers(): Promise<readonly Layer[]> {
    return pairLayers(await this.manifest(), await this.config(), this.name);
  }

  async fetch(blob: Descriptor, path: string, onBytes?: OnBytes): Promise<void> {
    const verifier = new Verifier(blob.digest, blob.size);
    const verify = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        verifier.update(chunk);
        onBytes?.(chunk.length);
        yield chunk;
      }
      verifier.finish();
    };
    await pipeline(this.open(blob), verify, createWriteStream(path));
  }

  open({ digest }: Descriptor, from = 0): Readable {
    return createReadStream(this.#storage.blob(digest), { start: from, highWaterMark: PIECE });
  }

  #read(digest: string, what: string): Uint8Array {
    const path = this.#storage.blob(digest);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw failure("read", path, error);
    }
    verifyDigest(bytes, digest, what);
    return bytes;
  }
}
