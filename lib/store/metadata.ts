/** An image's configuration where ch-run looks for it: /ch/metadata.json, in the image. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FatalError, failure } from "../base/error.ts";
import { tinyTar } from "./tiny-tar.ts";

/** Put it into a tree that an image has been unpacked to, whatever is there. */
export function writeMetadata(root: string, configBytes: Uint8Array): void {
  try {
    write(join(root, "ch"), configBytes);
  } catch (error) {
    throw failure("write", join(root, "ch/metadata.json"), error);
  }
}

function write(folder: string, configBytes: Uint8Array): void {
  // The image's own symlink could lead anywhere on this host.
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    rmSync(folder, { force: true });
    mkdirSync(folder);
  }
  chmodSync(folder, 0o755);
  const file = join(folder, "metadata.json");
  rmSync(file, { force: true, recursive: true });
  writeFileSync(file, configBytes, { flag: "wx", mode: 0o644 });
}

/** The same as a layer. `mtime` is in seconds since 1970. */
export function metadataLayer(configBytes: Uint8Array, mtime: number): Buffer {
  return tinyTar([
    { name: "ch", mtime },
    { name: "ch/metadata.json", content: configBytes, mtime },
  ]);
}

/** What lies there in a tree, a JSON object; an empty one if nothing does. */
export function readMetadata(root: string): Readonly<Record<string, unknown>> {
  const folder = join(root, "ch");
  const file = join(folder, "metadata.json");
  const isThere =
    lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() &&
    lstatSync(file, { throwIfNoEntry: false })?.isFile();
  if (!isThere) return {};
  try {
    const document: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof document === "object" && document !== null ? { ...document } : {};
  } catch (cause) {
    throw new FatalError(`cannot read "${file}": not JSON`, { cause });
  }
}
