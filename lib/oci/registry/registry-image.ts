/**
 * An image in a registry. Of an index the image for a platform is meant: what is labelled decides;
 * where labels are missing, or lead to further indexes, these are looked into.
 */
import { type ImageConfig, parseConfig } from "../config.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Image, Layer } from "../image.ts";
import { pairLayers } from "../image.ts";
import { type ImageManifest, type Index, requireImage } from "../manifest.ts";
import { distance, type Platform } from "../platform.ts";
import { isOpaque, nearestManifest, noSuchPlatform, platformsOf } from "../platform-choice.ts";
import { fetchSmallBlob } from "./blob.ts";
import { type FetchedManifest, fetchManifest, type ManifestPlace } from "./manifest-source.ts";

const LONGEST_CONFIG = 16 * 1024 * 1024;
/** How deep indexes may lie in indexes. */
const DEEPEST = 4;

interface Found {
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly manifest: ImageManifest;
}

export class RegistryImage implements Image {
  readonly name: string;
  readonly #place: ManifestPlace;
  readonly #platform: Platform;
  readonly #top: Promise<FetchedManifest>;
  #found: Promise<Found> | undefined;
  #config: Promise<Buffer> | undefined;

  /** The image that a tag or digest names, for a platform. */
  constructor(place: ManifestPlace, tagOrDigest: string, platform: Platform) {
    this.name = place.name;
    this.#place = place;
    this.#platform = platform;
    this.#top = fetchManifest(place, tagOrDigest);
    // Whoever asks for it hears of it.
    this.#top.catch(() => undefined);
  }

  /** The digest of what the reference itself names: an index's, where there is one. */
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

  #fetchConfig(descriptor: Descriptor): Promise<Buffer> {
    const { client, repository } = this.#place;
    return fetchSmallBlob({ client, repository, descriptor }, LONGEST_CONFIG);
  }

  #image(): Promise<Found> {
    this.#found ??= this.#choose();
    return this.#found;
  }

  async #choose(): Promise<Found> {
    const { digest, bytes, manifest } = await this.#top;
    const available: string[] = [];
    const found =
      manifest.kind === "manifest"
        ? { digest, bytes, manifest }
        : await this.#search(manifest, available, 1);
    if (!found) throw noSuchPlatform(this.name, this.#platform, [...new Set(available)].sort());
    requireImage(found.manifest, this.name);
    return found;
  }

  /** The image for our platform in an index; what else there is goes to `available`. */
  async #search(index: Index, available: string[], depth: number): Promise<Found | undefined> {
    available.push(...platformsOf(index.manifests));
    const labelled = nearestManifest(index.manifests, this.#platform);
    const candidates = labelled ? [labelled] : index.manifests.filter(isOpaque);
    for (const candidate of candidates) {
      const found = await this.#look(candidate, available, depth);
      if (found) return found;
    }
    return undefined;
  }

  async #look(entry: Descriptor, available: string[], depth: number): Promise<Found | undefined> {
    const { digest, bytes, manifest } = await fetchManifest(this.#place, entry.digest);
    if (manifest.kind === "index") {
      return depth < DEEPEST ? this.#search(manifest, available, depth + 1) : undefined;
    }
    if (entry.platform) return { digest, bytes, manifest };
    const config = parseConfig(await this.#fetchConfig(manifest.config), this.name);
    available.push(...platformsOf([{ ...entry, platform: config.platform }]));
    const fits = distance(this.#platform, config.platform) !== undefined;
    return fits ? { digest, bytes, manifest } : undefined;
  }
}
