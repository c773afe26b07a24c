/** A directory: the tree itself. */
import { realpathSync } from "node:fs";
import type { Format } from "./format.ts";

export const directoryFormat: Format = {
  kind: "dir",
  noun: "directory",
  form: "directory",
  read({ place }, _, use) {
    // mksquashfs packs a symlink as such, and takes a leading dash for an option.
    return use({ kind: "tree", path: realpathSync(place) });
  },
  async create() {
    return { kind: "tree" };
  },
};
