/** Headers of tar archives: ustar, GNU's long names, and PAX. */
import { posix } from "node:path";

const BLOCK = 512;
const LONGEST_HEADER = 64 * 1024;

/** A part of a file. */
export interface Slice {
  readonly offset: number;
  readonly size: number;
}

/** What is read has no headers. */
export class NoArchive extends Error {}

export interface Member {
  readonly name: string;
  readonly type: "file" | "link" | "symlink" | "other";
  readonly link: string;
  readonly slice: Slice;
}

const TYPES: Readonly<Record<string, Member["type"]>> = {
  "0": "file",
  "\0": "file",
  "1": "link",
  "2": "symlink",
};

export type ReadAt = (offset: number, length: number) => Buffer;

/** What is in an archive, in its order; throws if that goes on as none does. */
export function* members(read: ReadAt): Generator<Member> {
  // What the headers before a member say of it.
  let said: Readonly<Record<string, string>> = {};
  for (let at = 0; ; ) {
    const header = read(at, BLOCK);
    if (at === 0 && header.length < BLOCK) throw new NoArchive();
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return;
    if (sumOf(header) !== number(header, 148, 8)) throw new NoArchive();
    const type = header.toString("latin1", 156, 157);
    const slice = { offset: at + BLOCK, size: Number(said["size"] ?? number(header, 124, 12)) };
    if (!Number.isSafeInteger(slice.size) || slice.size < 0) throw new NoArchive();
    if ("xgLK".includes(type)) said = { ...said, ...saidBy(type, readHeader(read, slice)) };
    else {
      const name = posix.normalize(said["path"] ?? nameOf(header));
      const link = said["linkpath"] ?? text(header, 157, 100);
      yield { name, type: TYPES[type] ?? "other", link, slice };
      said = {};
    }
    at = slice.offset + Math.ceil(slice.size / BLOCK) * BLOCK;
  }
}

function readHeader(read: ReadAt, { offset, size }: Slice): string {
  if (size > LONGEST_HEADER) throw new NoArchive();
  return read(offset, size).toString("utf8");
}

/** GNU's long names, and PAX records: `LENGTH KEY=VALUE\n`. Global ones say nothing of names. */
function saidBy(type: string, content: string): Readonly<Record<string, string>> {
  if (type === "L") return { path: content.replace(/\0.*$/s, "") };
  if (type === "K") return { linkpath: content.replace(/\0.*$/s, "") };
  if (type === "g") return {};
  const records = content.matchAll(/^\d+ (path|linkpath|size)=(.*)$/gm);
  return Object.fromEntries([...records].map(([, key = "", value = ""]) => [key, value]));
}

function nameOf(header: Buffer): string {
  const prefix = header.toString("latin1", 257, 263) === "ustar\0" ? text(header, 345, 155) : "";
  const name = text(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(header: Buffer, start: number, length: number): string {
  return header.toString("utf8", start, start + length).replace(/\0.*$/s, "");
}

/** Octal digits, or with the highest bit set a binary number. */
function number(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) !== 0) {
    const high = header.readUInt32BE(start + length - 8);
    return high * 2 ** 32 + header.readUInt32BE(start + length - 4);
  }
  return Number.parseInt(text(header, start, length).trim() || "0", 8);
}

/** The field of the sum counts as blanks. */
function sumOf(header: Buffer): number {
  return header.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte),
    0,
  );
}
