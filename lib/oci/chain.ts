/**
 * Chain ids (image-spec, config.md): what a layer is on top of those below it. The same difference
 * unpacked on another base can be another tree, since hard links may lead down.
 */
import { digestOf } from "./verify.ts";

/** The chain id of each layer, the oldest first. */
export function chainIds(diffIds: readonly string[]): readonly string[] {
  const ids: string[] = [];
  for (const diffId of diffIds) {
    const below = ids.at(-1);
    ids.push(below === undefined ? diffId : digestOf(Buffer.from(`${below} ${diffId}`)));
  }
  return ids;
}
