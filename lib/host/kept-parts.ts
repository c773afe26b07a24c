/**
 * Parts of downloads that outlive their process, so that the next one need fetch only the rest. They
 * lie in a folder of the user's own, beside temporary folders, each named by its digest, and whoever
 * has claimed one holds a lock on it (flock(2)): nobody else writes to it, or removes it. What cannot
 * be kept is no failure; it is fetched into a temporary folder, as if there were no such place.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { tryLock } from "../native/lock.ts";
import { parseDigest } from "../oci/digest.ts";
import { shortageOf } from "./room.ts";

/** What nobody has gone on with for so long is removed. */
const EXPIRY_MS = 24 * 60 * 60 * 1000;

/** The file for a blob, which nobody else has meanwhile; undefined: it is to grow elsewhere. */
export type ClaimPart = (digest: string) => string | undefined;

/** Do work that fetches blobs; their parts stay if it fails, unless for want of room. */
export async function withKeptParts<T>(
  parent: string,
  work: (claim: ClaimPart) => Promise<T>,
): Promise<T> {
  const folder = ownFolder(parent);
  if (folder === undefined) return work(() => undefined);
  const parts = new Map<string, number>();
  let keep = true;
  try {
    removeExpired(folder);
    const result = await work((digest) => claim(join(folder, parseDigest(digest).hex), parts));
    keep = false;
    return result;
  } catch (error) {
    keep = shortageOf(error) === undefined;
    throw error;
  } finally {
    for (const part of parts) release(part, keep);
    removeEmpty(folder);
  }
}

/** Undefined: somebody else was there first, or it cannot be made. */
function ownFolder(parent: string): string | undefined {
  const uid = process.geteuid?.();
  const folder = join(parent, `.charliecloud.parts.${uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // What is there is looked at, and what is not cannot be.
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isOwn = found?.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
  return isOwn ? folder : undefined;
}

function claim(path: string, parts: Map<string, number>): string | undefined {
  const fd = lockPart(path, constants.O_CREAT);
  if (fd === undefined) return undefined;
  parts.set(path, fd);
  return path;
}

/** Open and lock a part; undefined: it is another's, or there are no locks here. */
function lockPart(path: string, flags: number): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | flags, 0o600);
    // Whoever had it before may have removed it when the lock became ours.
    if (tryLock(fd, false) && statSync(path).ino === fstatSync(fd).ino) return fd;
  } catch {
    // Nothing can be kept under that name.
  }
  if (fd !== undefined) closeSync(fd);
  return undefined;
}

function removeExpired(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!isExpired(path)) continue;
    const fd = lockPart(path, 0);
    if (fd !== undefined) release([path, fd], false);
  }
}

function isExpired(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && Date.now() - found.mtimeMs > EXPIRY_MS;
}

/** It is removed, if at all, while it is ours: after that the name may be another's. */
function release([path, fd]: readonly [string, number], keep: boolean): void {
  if (!keep || fstatSync(fd).size === 0) rmSync(path, { force: true });
  closeSync(fd);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Parts of others are in it, or another process has done so.
  }
}
