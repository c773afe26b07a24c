/** The newest modification time in a tree. */
import { lstatSync, readdirSync } from "node:fs";

/** The greatest that SquashFS can hold. */
const LATEST = 2 ** 32 - 1;

/** In seconds since 1970, as SquashFS has it. What cannot be read does not count. */
export function newestTime(tree: string): number {
  return Math.min(Math.max(Math.floor(newestBelow(Buffer.from(tree))), 0), LATEST);
}

function newestBelow(directory: Buffer): number {
  let newest = timeOf(directory);
  for (const entry of entriesOf(directory)) {
    const path = Buffer.concat([directory, Buffer.from("/"), entry.name]);
    const time = entry.isDirectory() ? newestBelow(path) : timeOf(path);
    newest = Math.max(newest, time);
  }
  return newest;
}

function entriesOf(directory: Buffer) {
  try {
    // Names are bytes: they need not be UTF-8.
    return readdirSync(directory, { encoding: "buffer", withFileTypes: true });
  } catch {
    // Whoever packs it will say so.
    return [];
  }
}

function timeOf(path: Buffer): number {
  return (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000;
}
