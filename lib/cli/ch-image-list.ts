/** ch-image list. It reads one small file per image, and waits for nobody. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { listImages } from "../store/images.ts";
import { matchesName } from "../store/pattern.ts";
import type { ImageRecord } from "../store/record.ts";
import { findStorage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";

const HEADINGS = ["NAME", "SIZE", "PLATFORM", "ADDED", "DIGEST"];
const SHORT_DIGEST = 19;

export function runList(args: Arguments, task: Task): void {
  const storage = findStorage(args.value("storage"), process.env);
  const globs = args.operands;
  const images = listImages(storage).filter(
    ({ name }) => globs.length === 0 || globs.some((glob) => matchesName(name, glob)),
  );
  if (args.count("json") > 0) {
    task.log.print(JSON.stringify(images.map(jsonOf), null, 2));
    return;
  }
  if (images.length === 0 && globs.length > 0) {
    throw new FatalError(`no image in storage has a name like "${globs.join('" or "')}"`);
  }
  const lines = args.count("long") > 0 ? table(images) : images.map(({ name }) => name);
  if (lines.length > 0) task.log.print(lines.join("\n"));
}

function jsonOf({ layers: _, ...image }: ImageRecord): unknown {
  return image;
}

function table(images: readonly ImageRecord[]): readonly string[] {
  const rows = [HEADINGS, ...images.map(rowOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function rowOf({ name, size, platform, added, digest }: ImageRecord): readonly string[] {
  const time = added.replace("T", " ").replace(/\.\d+Z$/, "Z");
  return [name, formatBytes(size), platform, time, digest.slice(0, SHORT_DIGEST)];
}
