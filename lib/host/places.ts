/**
 * The places of an image that ch-run mounts things on. An image that has them all starts without
 * the overlay that ch-run otherwise needs to make them, so every conversion adds what is missing,
 * empty. Symlinks are left as they are: below them nothing is added, for where they lead is the
 * business of the image.
 */
import type { Stats } from "node:fs";
import { lstat, mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, failure } from "../base/error.ts";

export interface Places {
  /** Relative paths, parents before children. */
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

const NUMBERED = Array.from({ length: 10 }, (_, number) => `mnt/${number}`);

export const MOUNT_POINTS: Places = {
  directories: ["dev", "etc", "home", "mnt", ...NUMBERED, "proc", "sys", "tmp"],
  files: ["etc/group", "etc/hosts", "etc/machine-id", "etc/passwd", "etc/resolv.conf"],
};

/** Which of the mount points a tree lacks, and can be given. */
export async function missingPlaces(tree: string): Promise<Places> {
  const directories = await missing(tree, MOUNT_POINTS.directories, []);
  return { directories, files: await missing(tree, MOUNT_POINTS.files, directories) };
}

/** Give a tree of our own all mount points; but for them it stays as it is, also in its times. */
export async function addPlaces(tree: string): Promise<void> {
  const { directories, files } = await missingPlaces(tree);
  const added = [...directories, ...files];
  const parents = new Set(
    added.map((path) => dirname(path)).filter((path) => !added.includes(path)),
  );
  try {
    const times = await Promise.all([...parents].map((path) => timesOf(join(tree, path))));
    for (const path of directories) await mkdir(join(tree, path), { mode: 0o755 });
    for (const path of files) await writeFile(join(tree, path), "", { flag: "wx", mode: 0o644 });
    for (const path of added) await utimes(join(tree, path), 0, 0);
    for (const { path, atime, mtime } of times) await utimes(path, atime, mtime);
  } catch (error) {
    throw failure("add mount points to", tree, error);
  }
}

async function timesOf(path: string): Promise<Pick<Stats, "atime" | "mtime"> & { path: string }> {
  const { atime, mtime } = await lstat(path);
  return { path, atime, mtime };
}

/** Those of `paths` that are not there, below directories that are, or that are `planned`. */
async function missing(
  tree: string,
  paths: readonly string[],
  planned: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const parent = dirname(path);
    const parentPlanned = found.includes(parent) || planned.includes(parent);
    if (!parentPlanned && (await typeOf(join(tree, parent))) !== "directory") continue;
    if (parentPlanned || (await typeOf(join(tree, path))) === "nothing") found.push(path);
  }
  return found;
}

async function typeOf(path: string): Promise<"nothing" | "directory" | "other"> {
  try {
    return (await lstat(path)).isDirectory() ? "directory" : "other";
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "nothing";
    throw failure("read", path, error);
  }
}
