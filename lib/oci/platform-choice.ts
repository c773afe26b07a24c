/** Which image of an index is meant. */
import { FatalError } from "../base/error.ts";
import type { Descriptor } from "./descriptor.ts";
import { DOCKER_INDEX, OCI_INDEX } from "./media-type.ts";
import { distance, formatPlatform, type Platform } from "./platform.ts";

/** The nearest to a platform; of equals the first. Undefined: none runs there. */
export function nearestManifest(
  manifests: readonly Descriptor[],
  wanted: Platform,
): Descriptor | undefined {
  let best: { descriptor: Descriptor; steps: number } | undefined;
  for (const descriptor of manifests) {
    const steps = descriptor.platform && distance(wanted, descriptor.platform);
    if (steps !== undefined && (!best || steps < best.steps)) best = { descriptor, steps };
  }
  return best?.descriptor;
}

/** Entries that are to be looked into before something can be said: indexes, and the unlabelled. */
export function isOpaque({ mediaType, platform }: Descriptor): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX || platform === undefined;
}

/** The platforms that an index names, for people. */
export function platformsOf(manifests: readonly Descriptor[]): readonly string[] {
  const named = manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  // Attestations are entries of no platform, and say so in these words.
  return [...new Set(named)].filter((name) => name !== "unknown/unknown").sort();
}

export function noSuchPlatform(
  what: string,
  wanted: Platform,
  available: readonly string[],
): FatalError {
  const message = `cannot use "${what}": it has no image for ${formatPlatform(wanted)}`;
  const list = available.length > 0 ? `there is: ${available.join(", ")}` : "its index is empty";
  return new FatalError(message, { hint: list });
}
