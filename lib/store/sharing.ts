/** What images have in common: a layer that two of them name is kept once. */
import type { Descriptor } from "../oci/descriptor.ts";
import { layersOf } from "./images.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

export interface Sharing {
  /** Bytes of the layers, as they were fetched, that no other image has. */
  readonly ownBytes: number;
  readonly layers: number;
  readonly sharedLayers: number;
  /** Names of the images that have some of them, too. */
  readonly others: readonly string[];
}

/** What an image has in common with others. */
export function sharingOf(
  storage: Storage,
  image: ImageRecord,
  others: readonly ImageRecord[],
): Sharing {
  return sharing(image, usersOfLayers(storage, [image, ...others]));
}

/** The same for each of many images, among each other. */
export function sharingOfAll(
  storage: Storage,
  images: readonly ImageRecord[],
): ReadonlyMap<string, Sharing> {
  const users = usersOfLayers(storage, images);
  return new Map(images.map((image) => [image.name, sharing(image, users)]));
}

interface Users {
  readonly layer: Descriptor;
  readonly names: string[];
}

function usersOfLayers(
  storage: Storage,
  images: readonly ImageRecord[],
): ReadonlyMap<string, Users> {
  const users = new Map<string, Users>();
  for (const image of images) {
    for (const layer of new Map(
      layersOf(storage, image).map((each) => [each.digest, each]),
    ).values()) {
      const entry = users.get(layer.digest) ?? { layer, names: [] };
      entry.names.push(image.name);
      users.set(layer.digest, entry);
    }
  }
  return users;
}

function sharing({ name }: ImageRecord, users: ReadonlyMap<string, Users>): Sharing {
  const layers = [...users.values()].filter(({ names }) => names.includes(name));
  const shared = layers.filter(({ names }) => names.length > 1);
  const own = layers.filter(({ names }) => names.length === 1);
  return {
    ownBytes: own.reduce((total, { layer }) => total + layer.size, 0),
    layers: layers.length,
    sharedLayers: shared.length,
    others: [...new Set(shared.flatMap(({ names }) => names))].filter((other) => other !== name),
  };
}
