/** The images that the tests of ch-run run: made by misc/make-image, once for each test file. */
import { accessSync, chmodSync, closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { chRun } from "./ch-run.ts";
import { ownFolder } from "./own-folder.ts";
import { must } from "./program.ts";

/** What becomes of a SquashFS image here. */
export type SquashWay = "mounted" | "unpacked" | "impossible";

/** How this build runs a SquashFS image on this host. */
export const squashWay: SquashWay = findSquashWay();

const made = new Map<string, string>();

/** A directory image. Nobody may change it: `makeRoot()` makes another. */
export function directoryImage(): string {
  return once("image", () => {
    const path = join(ownFolder(), "image");
    must(join(process.env["CH_SOURCE_DIR"] ?? ".", "misc/make-image"), path);
    return path;
  });
}

/** The same as a SquashFS image; where it cannot be mounted, it has been unpacked already. */
export function squashImage(): string {
  return once("image.sqfs", () => {
    const image = makeSquashImage(directoryImage(), join(ownFolder(), "image.sqfs"));
    if (squashWay === "unpacked") chRun([image, "--", "true"]);
    return image;
  });
}

/** The images that can be run here, by the names of their kinds. */
export function images(): readonly (readonly [string, string])[] {
  const directory = ["directory", directoryImage()] as const;
  return squashWay === "impossible" ? [directory] : [directory, ["SquashFS", squashImage()]];
}

/** Make another directory image, for a test that changes it. */
export function makeRoot(path: string): string {
  must("cp", "-a", directoryImage(), path);
  return path;
}

/** Pack a tree as users do, or with other options of mksquashfs(1) besides. */
export function makeSquashImage(tree: string, image: string, ...others: readonly string[]): string {
  const options = ["-noappend", "-quiet", "-no-progress", "-comp", "zstd", "-Xcompression-level"];
  must("mksquashfs", tree, image, ...options, "3", ...others);
  chmodSync(image, 0o644);
  return image;
}

function once(name: string, make: () => string): string {
  const path = made.get(name) ?? make();
  made.set(name, path);
  return path;
}

function findSquashWay(): SquashWay {
  if (!isInstalled("mksquashfs")) return missing("mksquashfs is not installed");
  if (process.env["CH_TEST_SQUASH"] !== "yes") return findUnpacking("this build cannot mount it");
  try {
    closeSync(openSync("/dev/fuse", "r+"));
    return "mounted";
  } catch (error) {
    return findUnpacking(String(error));
  }
}

function findUnpacking(reason: string): SquashWay {
  if (!isInstalled("unsquashfs")) return missing(`${reason}, and unsquashfs is not installed`);
  console.log(`*** SquashFS images are unpacked and not mounted in these tests: ${reason}`);
  return "unpacked";
}

function missing(reason: string): SquashWay {
  console.log(`*** no SquashFS image in these tests: ${reason}`);
  return "impossible";
}

/** Whether a program is in $PATH. */
export function isInstalled(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
