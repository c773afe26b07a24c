/**
 * The typed face of squashfs.node, the SquashFS service: a module of its own, which exists only
 * where configure found what it needs.
 */
import { existsSync } from "node:fs";
import { addonPath, loadAddon } from "./load.ts";

/** An image, where it lies and where it is to be seen. */
export interface Mounting {
  /** Path of the file, absolute. */
  readonly image: string;
  /** Where in the file it begins. */
  readonly offset: number;
  /** An empty directory, absolute. */
  readonly mountpoint: string;
}

interface Addon {
  serve(image: string, offset: number, mountpoint: string, readyFd: number): Promise<void>;
}

const NAME = "squashfs";

/** Whether this build can mount images here: the module is installed, and its libraries are. */
export function squashfsAvailable(): boolean {
  if (!existsSync(addonPath(NAME))) return false;
  try {
    loadAddon<Addon>(NAME);
    return true;
  } catch {
    // Built where FUSE was found, run where it is not: the same as built without.
    return false;
  }
}

/**
 * Mount the image, write a byte to `readyFd` and close it, and serve until it is unmounted. Rejects
 * if it cannot be mounted.
 */
export async function serve(mounting: Mounting, readyFd: number): Promise<void> {
  const { image, offset, mountpoint } = mounting;
  return loadAddon<Addon>(NAME).serve(image, offset, mountpoint, readyFd);
}
