/** Where a registry has the parts of our images already: it can take them over by itself. */
import { parseReference, type Reference } from "../oci/reference.ts";
import { listImages } from "./images.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";
import { StoredImage } from "./stored-image.ts";

/** Other repositories of a reference's registry, by the digests that were fetched from there. */
export async function siblings(
  storage: Storage,
  { registry, repository }: Reference,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const record of listImages(storage)) {
    const source = sourceOf(record);
    if (source?.registry !== registry || source.repository === repository) continue;
    const { config, layers } = await new StoredImage(storage, record).manifest();
    for (const { digest } of [config, ...layers]) found.set(digest, source.repository);
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
