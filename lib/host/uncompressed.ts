/**
 * Files that mksquashfs(1) stores as they are, uncompressed and outside fragments, one behind the
 * other at the beginning of the image: nothing is unpacked when they are read, and what is read
 * ahead is what comes next. The other files stay compressed. mksquashfs is told by
 * "actions", which it applies to trees only, not to tar streams.
 *
 * Paths are byte strings (Latin-1): names in an image need not be UTF-8.
 */
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../base/task.ts";
import { type SquashJob, squashTree } from "./mksquashfs.ts";

/** Priorities of a sort file go from here down to 1; without one a file has 0. */
const HIGHEST_PRIORITY = 32767;
const AS_IS = ["uncompressed", "no-fragments"];
/** The same for a whole image. */
const ALL_AS_IS = ["-noD", "-no-fragments"];
/** An image without it ends on a multiple of 4 KiB. */
const EXACT = ["-nopad"];

export interface StoredAsIs {
  /** Relative to the tree, in the order in which they are to be stored. */
  readonly paths: readonly string[];
}

export interface StoredSize {
  /** Bytes of those files in the image. */
  readonly asIs: number;
  /** What they would be, compressed. */
  readonly compressed: number;
}

/**
 * The arguments that say so; what they refer to is written beside the output. `addsFiles`: the tree
 * is given files that it lacks. mksquashfs 4.5 then fails if it is also to sort, so it is not.
 */
export function asIsArguments(
  tree: string,
  { paths }: StoredAsIs,
  { output, addsFiles }: { readonly output: string; readonly addsFiles: boolean },
): string[] {
  const named = paths.filter((path) => !path.includes("\n"));
  const actions = named.flatMap((path) => AS_IS.map((action) => `${action}@${pathTest(path)}\n`));
  const actionFile = writeBytes(`${output}.actions`, actions);
  if (addsFiles) return ["-action-file", actionFile];
  const root = Buffer.from(tree).toString("latin1");
  const order = named
    .slice(0, HIGHEST_PRIORITY)
    .map((path, index) => `${escapeBlanks(`${root}/${path}`)} ${HIGHEST_PRIORITY - index}\n`);
  return ["-action-file", actionFile, "-sort", writeBytes(`${output}.order`, order)];
}

function writeBytes(file: string, lines: readonly string[]): string {
  writeFileSync(file, lines.join(""), "latin1");
  return file;
}

/** What it costs, found by packing those files alone, both ways, beside the output. */
export async function measureAsIs(
  tree: string,
  { paths }: StoredAsIs,
  job: SquashJob,
  task: Task,
): Promise<StoredSize> {
  const folder = `${job.output}.files`;
  mkdirSync(folder);
  try {
    for (const [index, path] of paths.entries()) copyAs(tree, path, join(folder, String(index)));
    const asIs = await packedSize(folder, { ...job, more: [...EXACT, ...ALL_AS_IS] }, task);
    return { asIs, compressed: await packedSize(folder, { ...job, more: EXACT }, task) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function packedSize(
  folder: string,
  job: SquashJob & { readonly more: readonly string[] },
  task: Task,
): Promise<number> {
  const output = `${folder}.sqfs`;
  await squashTree(folder, { ...job, output, places: { directories: [], files: [] } }, task);
  const { size } = statSync(output);
  rmSync(output);
  return size;
}

function copyAs(tree: string, path: string, copy: string): void {
  copyFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]), copy);
}

/** The whole path, whatever is in it: it is read as a quoted word, and that as a pattern. */
function pathTest(path: string): string {
  const pattern = path.replace(/[\\*?[\]]/g, "\\$&");
  return `pathname("${pattern.replace(/[\\"]/g, "\\$&")}")`;
}

function escapeBlanks(path: string): string {
  return path.replace(/[\s\\"#]/g, "\\$&");
}
