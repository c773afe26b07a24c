/** An image in a registry. Of an index the image for a platform is meant. */

import { FatalError } from "../../base/error.ts";
import { chooseImage, type FoundImage, type FoundManifest } from "../choose-image.ts";
import { type ImageConfig, parseConfig } from "../config.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Image, Layer, OnBytes } from "../image.ts";
import { pairLayers } from "../image.ts";
import type { ImageManifest } from "../manifest.ts";
import type { Platform } from "../platform.ts";
import { requireTrust } from "../signature/check.ts";
import type { TrustRule } from "../signature/rules.ts";
import { downloadBlob, fetchSmallBlob } from "./blob.ts";
import { fetchManifest, type Repository } from "./manifest-source.ts";

const LONGEST_CONFIG = 16 * 1024 * 1024;

/** What must be true of an image before anything of it is handed out. */
export interface Demands {
  /** What its name or the platform's image has to be. */
  readonly digest?: string | undefined;
  /** Whose signature it needs: those rules that count for it. */
  readonly rules: readonly TrustRule[];
}

export class RegistryImage implements Image {
  readonly name: string;
  readonly #repository: Repository;
  readonly #platform: Platform;
  readonly #demands: Demands;
  readonly #top: Promise<FoundManifest>;
  #found: Promise<FoundImage> | undefined;
  #config: Promise<Buffer> | undefined;

  /** The image that a tag or digest names, for a platform. */
  constructor(repository: Repository, tagOrDigest: string, platform: Platform, demands: Demands) {
    this.name = repository.name;
    this.#repository = repository;
    this.#platform = platform;
    this.#demands = demands;
    this.#top = fetchManifest(repository, tagOrDigest);
    // Whoever asks for it hears of it.
    this.#top.catch(() => undefined);
  }

  async topDigest(): Promise<string> {
    return (await this.#top).digest;
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
    this.#config ??= this.#fetchConfig((await this.manifest()).config);
    return this.#config;
  }

  async layers(): Promise<readonly Layer[]> {
    return pairLayers(await this.manifest(), await this.config(), this.name);
  }

  fetch(descriptor: Descriptor, path: string, onBytes?: OnBytes): Promise<void> {
    const { client, repository } = this.#repository;
    return downloadBlob({ client, repository, descriptor, path, ...(onBytes && { onBytes }) });
  }

  #fetchConfig(descriptor: Descriptor): Promise<Buffer> {
    const { client, repository } = this.#repository;
    return fetchSmallBlob({ client, repository, descriptor }, LONGEST_CONFIG);
  }

  #image(): Promise<FoundImage> {
    this.#found ??= this.#choose();
    return this.#found;
  }

  async #choose(): Promise<FoundImage> {
    const top = await this.#top;
    const image = await chooseImage(top, this.#platform, {
      name: this.name,
      readManifest: (digest) => fetchManifest(this.#repository, digest),
      readConfig: (descriptor) => this.#fetchConfig(descriptor),
    });
    const digests = [top.digest, image.digest];
    requireDigest(this.name, digests, this.#demands.digest);
    await requireTrust(this.#repository, digests, this.#demands.rules);
    return image;
  }
}

function requireDigest(name: string, found: readonly string[], wanted: string | undefined): void {
  if (wanted === undefined || found.includes(wanted)) return;
  throw new FatalError(`cannot use "${name}": it is not "${wanted}"`, {
    hint: `it is "${found[0]}" now`,
  });
}
