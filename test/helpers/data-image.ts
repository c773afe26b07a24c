/** Small trees, as directories and as SquashFS files, for use beside an image. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeSquashImage, squashWay } from "./root-image.ts";

/** Make a directory of files by their paths and content. */
export function makeTree(path: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** The same as a SquashFS file, `path`.sqfs. */
export function makeData(path: string, files: Readonly<Record<string, string>>): string {
  return makeSquashImage(makeTree(path, files), `${path}.sqfs`);
}

/** The kinds that can be made here, and how. */
export const KINDS: readonly (readonly [string, typeof makeTree])[] =
  squashWay === "impossible"
    ? [["directory", makeTree]]
    : [
        ["directory", makeTree],
        ["SquashFS", makeData],
      ];
