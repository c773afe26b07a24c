/**
 * What is in a tree, as text to be compared: our own walker, which shares nothing with the code it
 * checks. Names are bytes, shown as Latin-1.
 */
import { createHash } from "node:crypto";
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { runAny } from "./program.ts";

const TYPES: readonly (readonly [bigint, string])[] = [
  [0o040000n, "directory"],
  [0o100000n, "file"],
  [0o120000n, "symlink"],
  [0o010000n, "fifo"],
  [0o140000n, "socket"],
  [0o020000n, "device"],
  [0o060000n, "device"],
];

/** A line per entry: path, type, mode, time in seconds, and what it holds. */
export function snapshot(tree: string): string[] {
  const links = new Map<bigint, string>();
  return walk(Buffer.from(tree), Buffer.alloc(0)).map(([path, name]) => {
    const stats = lstatSync(path, { bigint: true });
    const shown = name.toString("latin1");
    const parts = [shown, typeOf(stats), (stats.mode & 0o7777n).toString(8), stats.mtimeMs / 1000n];
    return [...parts, content(path, shown, { stats, links })].join(" ");
  });
}

/** The paths below a tree, sorted. */
export function paths(tree: string): string[] {
  return walk(Buffer.from(tree), Buffer.alloc(0)).map(([, name]) => name.toString("latin1"));
}

/** User extended attributes below a tree as getfattr(1) prints them; undefined without it. */
export function xattrs(tree: string): string | undefined {
  if (runAny("sh", ["-c", "command -v getfattr"]).status !== 0) return undefined;
  const script = "find . -print0 | sort -z | xargs -0 getfattr -h -d -m '^user[.]' -e hex --";
  return runAny("sh", ["-c", script], { cwd: tree, env: { LC_ALL: "C" } }).stdout;
}

function walk(folder: Buffer, prefix: Buffer): [Buffer, Buffer][] {
  const names = readdirSync(folder, { encoding: "buffer" }).sort(Buffer.compare);
  return names.flatMap((name): [Buffer, Buffer][] => {
    const path = Buffer.concat([folder, Buffer.from("/"), name]);
    const below = Buffer.concat([prefix, name]);
    const here: [Buffer, Buffer][] = [[path, below]];
    if (!lstatSync(path).isDirectory()) return here;
    return [...here, ...walk(path, Buffer.concat([below, Buffer.from("/")]))];
  });
}

function typeOf({ mode }: BigIntStats): string {
  return TYPES.find(([bits]) => (mode & 0o170000n) === bits)?.[1] ?? "unknown";
}

interface Seen {
  readonly stats: BigIntStats;
  readonly links: Map<bigint, string>;
}

function content(path: Buffer, name: string, { stats, links }: Seen): string {
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path, "latin1")}`;
  if (!stats.isFile()) return "";
  const first = links.get(stats.ino);
  if (first !== undefined) return `same file as ${first}`;
  links.set(stats.ino, name);
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
  return `${stats.size} bytes ${digest}`;
}
