/** Two paths exchanged in one step, by the C core; a file system need not know how. */
import { loadAddon } from "./load.ts";

interface Addon {
  exchangePaths(one: string, other: string): boolean;
}

/** Let two paths stand for each other's files; false, and nothing changed, where that cannot be. */
export function exchangePaths(one: string, other: string): boolean {
  return loadAddon<Addon>("charliecloud").exchangePaths(one, other);
}
