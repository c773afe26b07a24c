/** ch-image df. */
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { type Usage, usageOf } from "../store/usage.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";
import { formatColumns } from "./table.ts";

const PARTS = [
  ["layers as fetched, manifests", "blobs"],
  ["layers unpacked", "unpacked"],
  ["begun or left", "temporary"],
  ["SquashFS files unpacked", "squash"],
] as const;

export async function runDf(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const usage = await usageOf(storage, task);
  if (usage.unread > 0) {
    task.log.warning(`not counted: what is in ${usage.unread} directories that cannot be read`);
  }
  if (args.count("json") > 0) {
    return task.log.print(JSON.stringify({ storage: storage.path, ...usage }, null, 2));
  }
  const total = PARTS.reduce((sum, [, part]) => sum + usage[part].bytes, 0);
  const rest = `${formatBytes(total)} in "${storage.path}", ${formatBytes(usage.freeBytes)} free`;
  const images = args.count("long") > 0 ? [...imageTable(usage), ""] : [];
  task.log.print([...images, ...partTable(usage), "", rest].join("\n"));
}

function partTable(usage: Usage): readonly string[] {
  const rows = PARTS.map(([title, part]) => {
    const { count, bytes, garbage, deleted } = usage[part];
    return [title, String(count), ...[bytes, garbage, garbage + deleted].map(formatBytes)];
  });
  return formatColumns(["", "COUNT", "SIZE", "GC", "GC --NOW"], rows, [1, 2, 3, 4]);
}

function imageTable({ images }: Usage): readonly string[] {
  const rows = images.map(({ name, size, ownBytes, layers, sharedLayers, others }) => [
    name,
    formatBytes(size),
    formatBytes(ownBytes),
    String(layers),
    String(sharedLayers),
    others.join(" "),
  ]);
  return formatColumns(["IMAGE", "SIZE", "OWN", "LAYERS", "SHARED", "WITH"], rows, [1, 2, 3, 4]);
}
