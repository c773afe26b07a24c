/** A directory: the tree itself. */
import { realpathSync } from "node:fs";
import type { Format } from "./format.ts";

export const directoryFormat: Format = {
  kind: "dir",
  noun: "directory",
  async open(path) {
    // mksquashfs packs a symlink as such, and takes a leading dash for an option.
    return { kind: "tree", path: realpathSync(path) };
  },
  async create() {
    return { kind: "tree" };
  },
};
