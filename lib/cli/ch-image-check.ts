/** ch-image check. */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { checkImage, type Known } from "../store/check.ts";
import { isStill, listImages } from "../store/images.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runCheck(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args);
  const known: Known = new Map();
  const images = listImages(storage);
  let damaged = 0;
  for (const image of images) {
    const found = await checkImage(storage, image, { known, task });
    // What was deleted or replaced meanwhile is not damaged.
    const faults = isStill(storage, image) ? found : [];
    for (const fault of faults) task.log.print(`${image.name}: ${fault}`);
    if (faults.length > 0) damaged++;
  }
  if (damaged === 0) return task.log.print(`${images.length} images are whole`);
  throw new FatalError(`of ${images.length} images ${damaged} are damaged`, {
    hint: "delete a damaged image and pull it again",
  });
}
