/** What ch-mount does with its arguments. */
import { type Task, untilDone } from "../base/task.ts";
import { attachImage, detachImage } from "../convert/mount.ts";
import { type ImageMount, imageMounts } from "../host/image-mounts.ts";
import type { Arguments } from "./arguments.ts";

/** Mount every image but the last operand in that folder; all of them or none. */
export async function mountAll(operands: readonly string[], task: Task): Promise<void> {
  const folder = operands.at(-1) ?? "";
  const done: string[] = [];
  try {
    for (const image of operands.slice(0, -1)) {
      done.push(await attachImage(image, folder, task));
      task.log.info(`"${image}" is available at "${done.at(-1)}"`);
    }
  } catch (error) {
    for (const path of done.reverse()) await detachImage(path, untilDone(task));
    throw error;
  }
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
