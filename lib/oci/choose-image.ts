/**
 * Which image is meant by a name that stands for an index: the one for a platform. What is labelled
 * decides; where labels are missing, or lead to further indexes, these are looked into.
 */
import { parseConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import { type ImageManifest, type Index, type Manifest, requireImage } from "./manifest.ts";
import { distance, type Platform } from "./platform.ts";
import { isOpaque, nearestManifest, noSuchPlatform, platformsOf } from "./platform-choice.ts";

/** How deep indexes may lie in indexes. */
const DEEPEST = 4;

/** A manifest as it was found, verified. */
export interface FoundManifest {
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

export interface FoundImage extends FoundManifest {
  readonly manifest: ImageManifest;
}

/** Where manifests and configurations are read from. */
export interface ManifestPlace {
  /** What the image is called in messages. */
  readonly name: string;
  readManifest(digest: string): Promise<FoundManifest>;
  readConfig(descriptor: Descriptor): Promise<Uint8Array>;
}

/** The image for a platform; one that is no index's is taken as it is. */
export async function chooseImage(
  top: FoundManifest,
  platform: Platform,
  place: ManifestPlace,
): Promise<FoundImage> {
  const { manifest } = top;
  const available: string[] = [];
  const found =
    manifest.kind === "manifest"
      ? { ...top, manifest }
      : await search({ place, platform, available }, manifest, 1);
  if (!found) throw noSuchPlatform(place.name, platform, [...new Set(available)].sort());
  requireImage(found.manifest, place.name);
  return found;
}

interface Search {
  readonly place: ManifestPlace;
  readonly platform: Platform;
  /** What else there is, for messages. */
  readonly available: string[];
}

async function search(
  wanted: Search,
  { manifests }: Index,
  depth: number,
): Promise<FoundImage | undefined> {
  wanted.available.push(...platformsOf(manifests));
  const labelled = nearestManifest(manifests, wanted.platform);
  const candidates = labelled ? [labelled] : manifests.filter(isOpaque);
  for (const candidate of candidates) {
    const found = await look(wanted, candidate, depth);
    if (found) return found;
  }
  return undefined;
}

async function look(
  wanted: Search,
  entry: Descriptor,
  depth: number,
): Promise<FoundImage | undefined> {
  const { place, platform, available } = wanted;
  const { manifest, ...rest } = await place.readManifest(entry.digest);
  if (manifest.kind === "index") {
    return depth < DEEPEST ? search(wanted, manifest, depth + 1) : undefined;
  }
  if (entry.platform) return { ...rest, manifest };
  const config = parseConfig(await place.readConfig(manifest.config), place.name);
  available.push(...platformsOf([{ ...entry, platform: config.platform }]));
  const fits = distance(platform, config.platform) !== undefined;
  return fits ? { ...rest, manifest } : undefined;
}
