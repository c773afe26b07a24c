/**
 * An image in a registry or a mirror of it. Of an index the image for a platform is meant. One
 * source decides what a tag means and whether it may be used; parts come from any.
 */

import { FatalError } from "../../base/error.ts";
import { chooseImage, type FoundImage } from "../choose-image.ts";
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
import type { Sources } from "./sources.ts";

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
  readonly #sources: Sources;
  readonly #found: Promise<Found>;
  #config: Promise<Buffer> | undefined;

  /** The image that a tag or digest names, for a platform. */
  constructor(sources: Sources, tagOrDigest: string, platform: Platform, demands: Demands) {
    this.name = sources.name;
    this.#sources = sources;
    this.#found = sources.ask((place) => find(place, { tagOrDigest, platform, demands }));
    // Whoever asks for it hears of it.
    this.#found.catch(() => undefined);
  }

  async topDigest(): Promise<string> {
    return (await this.#found).topDigest;
  }

  async digest(): Promise<string> {
    return (await this.#found).digest;
  }

  async manifest(): Promise<ImageManifest> {
    return (await this.#found).manifest;
  }

  async manifestBytes(): Promise<Uint8Array> {
    return (await this.#found).bytes;
  }

  async config(): Promise<ImageConfig> {
    return parseConfig(await this.configBytes(), this.name);
  }

  async configBytes(): Promise<Uint8Array> {
    const { config } = await this.manifest();
    this.#config ??= this.#sources.ask((place) => fetchConfig(place, config));
    return this.#config;
  }

  async layers(): Promise<readonly Layer[]> {
    return pairLayers(await this.manifest(), await this.config(), this.name);
  }

  fetch(descriptor: Descriptor, path: string, onBytes?: OnBytes): Promise<void> {
    return this.#sources.ask(({ client, repository }) =>
      downloadBlob({ client, repository, descriptor, path, ...(onBytes && { onBytes }) }),
    );
  }

  abandon(): void {
    this.#sources.close();
  }
}

interface Wanted {
  readonly tagOrDigest: string;
  readonly platform: Platform;
  readonly demands: Demands;
}

type Found = FoundImage & { readonly topDigest: string };

async function find(place: Repository, { tagOrDigest, platform, demands }: Wanted): Promise<Found> {
  const top = await fetchManifest(place, tagOrDigest);
  const image = await chooseImage(top, platform, {
    name: place.name,
    readManifest: (digest) => fetchManifest(place, digest),
    readConfig: (descriptor) => fetchConfig(place, descriptor),
  });
  const digests = [top.digest, image.digest];
  requireDigest(place.name, digests, demands.digest);
  await requireTrust(place, digests, demands.rules);
  return { ...image, topDigest: top.digest };
}

function fetchConfig({ client, repository }: Repository, descriptor: Descriptor): Promise<Buffer> {
  return fetchSmallBlob({ client, repository, descriptor }, LONGEST_CONFIG);
}

function requireDigest(name: string, found: readonly string[], wanted: string | undefined): void {
  if (wanted === undefined || found.includes(wanted)) return;
  throw new FatalError(`cannot use "${name}": it is not "${wanted}"`, {
    hint: `it is "${found[0]}" now`,
  });
}
