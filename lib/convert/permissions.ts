/**
 * The permissions of an unpacked image, the same as the C core gives to members of archives. Images
 * made by root hold files that even their owner may not read (/etc/shadow is 0000 on some
 * distributions) and folders that may not be written (0555); unpacked by an ordinary user they could
 * be neither packed again nor deleted by rm -r. Setuid and setgid would give away whoever unpacks.
 */
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { failure } from "../base/error.ts";

const KEPT = 0o1777;
const ADDED_FILE = 0o600;
const ADDED_DIRECTORY = 0o700;

/** Let the owner read and write everything in a tree of ours, and nobody become the owner. */
export function openToOwner(tree: string): void {
  try {
    openDirectory(Buffer.from(tree));
  } catch (error) {
    throw failure("set permissions in", tree, error);
  }
}

function openDirectory(path: Buffer): void {
  setMode(path, ADDED_DIRECTORY);
  // Names are bytes: they need not be UTF-8.
  for (const entry of readdirSync(path, { encoding: "buffer", withFileTypes: true })) {
    const child = Buffer.concat([path, Buffer.from("/"), entry.name]);
    if (entry.isDirectory()) openDirectory(child);
    else if (entry.isFile()) setMode(child, ADDED_FILE);
  }
}

function setMode(path: Buffer, added: number): void {
  const mode = lstatSync(path).mode & 0o7777;
  const wanted = (mode & KEPT) | added;
  if (mode !== wanted) chmodSync(path, wanted);
}
