/** ch-image tag and rename. */
import type { Task } from "../base/task.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import { findImage } from "../store/images.ts";
import { ADDING, withLock } from "../store/lock.ts";
import { changeNames } from "../store/names.ts";
import { withRoom } from "../store/room.ts";
import type { Arguments } from "./arguments.ts";
import { openStorage } from "./ch-image-storage.ts";

export async function runTag(args: Arguments, task: Task): Promise<void> {
  await giveName(args, false, task);
}

export async function runRename(args: Arguments, task: Task): Promise<void> {
  await giveName(args, true, task);
}

async function giveName(args: Arguments, isMove: boolean, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const [from = "", to = ""] = args.operands;
  const name = familiarName(parseReference(to));
  const work = async (): Promise<void> => {
    // Found while nothing is removed: a name without its image would be worse than none.
    const image = findImage(storage, from);
    const removed = isMove && name !== image.name ? [image.name] : [];
    await changeNames(storage, { removed, added: { ...image, name } }, task);
    task.log.tell(isMove ? `${image.name} is now ${name}` : `${name} is ${image.name}`);
  };
  await withRoom(storage, () => withLock(storage, ADDING, { shared: true, task, work }));
}
