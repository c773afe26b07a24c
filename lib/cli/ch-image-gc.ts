/** ch-image gc. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { collectGarbage } from "../store/garbage.ts";
import type { Arguments } from "./arguments.ts";
import { openStorage } from "./ch-image-storage.ts";

export async function runGarbageCollection(args: Arguments, task: Task): Promise<void> {
  const collected = await collectGarbage(openStorage(args, task), {
    now: args.count("now") > 0,
    task,
  });
  if (!collected) {
    throw new FatalError("cannot remove what no image needs: an image is being added", {
      hint: "try again when that is done",
    });
  }
  if (args.count("json") > 0) return task.log.print(JSON.stringify(collected, null, 2));
  const { blobs, bytes, layers } = collected;
  task.log.tell(`removed ${blobs} blobs (${formatBytes(bytes)}) and ${layers} unpacked layers`);
}
