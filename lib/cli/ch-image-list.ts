/** ch-image list. It reads one small file per image, and waits for nobody. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { listDeleted } from "../store/deleted.ts";
import { readRecords } from "../store/images.ts";
import { matchesName } from "../store/pattern.ts";
import type { ImageRecord } from "../store/record.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";
import { formatColumns } from "./table.ts";

const HEADINGS = ["NAME", "SIZE", "PLATFORM", "ADDED", "DIGEST"];
const SHORT_DIGEST = 19;

type Listed = ImageRecord & { readonly until?: Date };

export function runList(args: Arguments, task: Task): void {
  const images = chosenImages(args, task);
  if (args.count("json") > 0) {
    task.log.print(JSON.stringify(images.map(jsonOf), null, 2));
    return;
  }
  const lines = linesOf(images, args);
  if (lines.length > 0) task.log.print(lines.join("\n"));
}

function chosenImages(args: Arguments, task: Task): readonly Listed[] {
  const storage = namedStorage(args, task);
  const all = args.count("undeletable") > 0 ? listDeleted(storage) : readImages(storage, task);
  const globs = args.operands;
  const found = all.filter(
    ({ name }) => globs.length === 0 || globs.some((glob) => matchesName(name, glob)),
  );
  if (found.length > 0 || globs.length === 0 || args.count("json") > 0) return found;
  throw new FatalError(`no image in storage has a name like "${globs.join('" or "')}"`);
}

function readImages(storage: Storage, { log }: Task): readonly Listed[] {
  const { records, damaged } = readRecords(storage, "img");
  for (const { name, error } of damaged) log.warning(`"${name}" is damaged: ${error.message}`);
  return records;
}

function jsonOf({ layers: _, ...image }: Listed): unknown {
  return image;
}

function linesOf(images: readonly Listed[], args: Arguments): readonly string[] {
  if (args.count("tree") > 0) return treeOf(images);
  if (args.count("long") === 0) return images.map(({ name }) => name);
  const isDeleted = args.count("undeletable") > 0;
  return formatColumns(isDeleted ? [...HEADINGS, "UNTIL"] : HEADINGS, images.map(rowOf));
}

function rowOf({ name, size, platform, added, digest, until }: Listed): readonly string[] {
  const short = digest.slice(0, SHORT_DIGEST);
  const row = [name, formatBytes(size), platform, formatTime(added), short];
  return until ? [...row, formatTime(until.toISOString())] : row;
}

function formatTime(text: string): string {
  return text.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

/** Each unpacked layer below that which it lies on, with the images that end there. */
function treeOf(images: readonly Listed[]): readonly string[] {
  const paths = images.map(({ name, layers }) => ({ name, path: layers.toReversed() }));
  return branches(paths, "");
}

interface Branch {
  readonly name: string;
  /** What is left of the way from the oldest layer to the image. */
  readonly path: readonly string[];
}

function branches(all: readonly Branch[], indent: string): readonly string[] {
  const layers = [...new Set(all.flatMap(({ path }) => path.slice(0, 1)))];
  return layers.flatMap((layer) => {
    const above = all.filter(({ path }) => path[0] === layer);
    const here = above.filter(({ path }) => path.length === 1).map(({ name }) => name);
    const rest = above.map(({ name, path }) => ({ name, path: path.slice(1) }));
    return [
      `${indent}${layer}${here.map((name) => `  ${name}`).join("")}`,
      ...branches(rest, `${indent}  `),
    ];
  });
}
