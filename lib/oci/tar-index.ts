/**
 * What is where in an archive that is not compressed, so that single members can be read in place.
 * It is for archives of images, which have few members: headers are read, contents are passed over.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { FatalError, failure } from "../base/error.ts";
import { members, NoArchive, type ReadAt, type Slice } from "./tar-headers.ts";

/** The members that are files or links to them, by name. */
export type TarIndex = ReadonlyMap<string, Slice>;

/** Undefined: it is no such archive, or has a member with a name that is not `accepted`. */
export function readTarIndex(
  path: string,
  accepted: (name: string) => boolean = () => true,
): TarIndex | undefined {
  const fd = open(path);
  const files = new Map<string, Slice>();
  const links = new Map<string, string>();
  try {
    for (const { name, type, link, slice } of members((at, length) => readAt(fd, at, length))) {
      if (!accepted(name)) return undefined;
      if (type === "symlink") links.set(name, posix.join(posix.dirname(name), link));
      if (type === "link") links.set(name, posix.normalize(link));
      if (type === "file") files.set(name, slice);
    }
  } catch (error) {
    if (error instanceof NoArchive) return undefined;
    throw failure("read", path, error);
  } finally {
    closeSync(fd);
  }
  for (const [name, target] of links) {
    const slice = files.get(target);
    if (slice) files.set(name, slice);
  }
  return files;
}

/** The names of the members at the beginning of an archive. */
export function firstNames(start: Buffer): readonly string[] {
  const names = [];
  try {
    const read: ReadAt = (at, length) => start.subarray(at, at + length);
    for (const { name } of members(read)) names.push(name);
  } catch {
    // No archive goes on so.
  }
  return names;
}

/** A small member in full. */
export function readMember(path: string, { offset, size }: Slice, limit: number): Buffer {
  if (size > limit) throw new FatalError(`cannot read "${path}": a member has ${size} bytes`);
  const fd = open(path);
  try {
    return readAt(fd, offset, size);
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw failure("read", path, error);
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}
