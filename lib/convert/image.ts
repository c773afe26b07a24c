/**
 * Whether a directory is an image, and may hence be replaced by one: `dev`, `proc` and `sys` are
 * directories in it, the latter two empty, and it has programs. A running host's root is none, for
 * its /proc is not empty; neither is anything that is mounted.
 */
import { lstat, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { mountOn } from "../host/mounts.ts";

export async function looksLikeImage(directory: string): Promise<boolean> {
  const path = await realpath(directory);
  if (path === "/" || mountOn(path)) return false;
  const parts = [
    isRealDirectory(join(path, "dev")),
    isEmptyDirectory(join(path, "proc")),
    isEmptyDirectory(join(path, "sys")),
    hasPrograms(path),
  ];
  return (await Promise.all(parts)).every(Boolean);
}

async function hasPrograms(path: string): Promise<boolean> {
  return (await exists(join(path, "bin"))) || (await exists(join(path, "usr/bin")));
}

/** There, not followed where it is a symlink: in an image that may lead anywhere. */
async function exists(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && (stats.isDirectory() || stats.isSymbolicLink());
}

async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function isEmptyDirectory(path: string): Promise<boolean> {
  if (!(await isRealDirectory(path))) return false;
  const names = await readdir(path).catch(() => undefined);
  return names?.length === 0;
}
