/** Where a registry has the parts of our images already: it can take them over by itself. */
import { parseReference, type Reference } from "../oci/reference.ts";
import { layersOf, listImages } from "./images.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

/** Other repositories of a reference's registry, by the digests that were fetched from there. */
export function siblings(
  storage: Storage,
  { registry, repository }: Reference,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const record of listImages(storage)) {
    const source = sourceOf(record);
    if (source?.registry !== registry || source.repository === repository) continue;
    // Another image that is damaged has nothing to offer.
    const parts = layersOf(storage, record).map(({ digest }) => digest);
    for (const digest of [record.config, ...parts]) found.set(digest, source.repository);
  }
  return found;
}

/** Undefined: it is from no registry. */
function sourceOf({ source }: ImageRecord): Reference | undefined {
  try {
    return parseReference(source);
  } catch {
    return undefined;
  }
}
