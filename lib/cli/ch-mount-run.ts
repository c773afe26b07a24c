/** What ch-mount does with its arguments. */
import { usageError } from "../base/error.ts";
import { type Task, untilDone } from "../base/task.ts";
import { attachImage, detachImage } from "../convert/mount.ts";
import { type ImageMount, imageMounts } from "../host/image-mounts.ts";
import type { Arguments } from "./arguments.ts";

/** Mount every image but the last operand in that folder; all of them or none. */
export async function mountAll(args: Arguments, task: Task): Promise<void> {
  const images = args.operands.slice(0, -1);
  const folder = args.operands.at(-1) ?? "";
  const offset = offsetOption(args);
  if (offset !== undefined && images.length > 1) throw usageError("--offset is for one image only");
  const done: string[] = [];
  try {
    for (const path of images) {
      done.push(await attachImage({ path, offset }, folder, task));
      task.log.info(`"${path}" is available at "${done.at(-1)}"`);
    }
  } catch (error) {
    for (const path of done.reverse()) await detachImage(path, untilDone(task));
    throw error;
  }
}

function offsetOption(args: Arguments): number | undefined {
  const text = args.value("offset");
  if (text === undefined) return undefined;
  const offset = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(offset)) return offset;
  throw usageError(`option "--offset=${text}": not a number of bytes`);
}

/** The images that are mounted, a line each, or as JSON. */
export function listMounted(args: Arguments, { log }: Task): void {
  const mounts = imageMounts();
  if (args.count("json") > 0) log.print(JSON.stringify({ mounts: mounts.map(asJson) }, null, 2));
  else for (const mount of mounts) log.print(describe(mount));
}

function describe({ path, image, pid }: ImageMount): string {
  const server = image === undefined ? "nobody serves it" : `${image} (pid ${pid})`;
  return `${path}: ${server}`;
}

/** null where there is nothing: JSON has no other word for it. */
function asJson({ path, image, pid }: ImageMount): object {
  return { path, image: image ?? null, pid: pid ?? null };
}
