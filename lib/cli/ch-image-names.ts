/** ch-image tag, rename, delete and gc. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import { collectGarbage } from "../store/garbage.ts";
import { findImage, listImages, noSuchImage } from "../store/images.ts";
import { ADDING, withLock } from "../store/lock.ts";
import { changeNames } from "../store/names.ts";
import { isPattern, matchesName } from "../store/pattern.ts";
import { withRoom } from "../store/room.ts";
import { findStorage, type Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";

export async function runTag(args: Arguments, task: Task): Promise<void> {
  await giveName(args, false, task);
}

export async function runRename(args: Arguments, task: Task): Promise<void> {
  await giveName(args, true, task);
}

async function giveName(args: Arguments, isMove: boolean, task: Task): Promise<void> {
  const storage = openStorage(args);
  const [from = "", to = ""] = args.operands;
  const name = familiarName(parseReference(to));
  const work = async (): Promise<void> => {
    // Found while nothing is removed: a name without its image would be worse than none.
    const image = findImage(storage, from);
    const removed = isMove && name !== image.name ? [image.name] : [];
    await changeNames(storage, { removed, added: { ...image, name } }, task);
    task.log.print(isMove ? `${image.name} is now ${name}` : `${name} is ${image.name}`);
  };
  await withRoom(storage, () => withLock(storage, ADDING, { shared: true, task, work }));
}

export async function runDelete(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args);
  const names = listImages(storage).map(({ name }) => name);
  const removed = [...new Set(args.operands.flatMap((glob) => meant(storage, names, glob)))];
  if (args.count("dry-run") > 0) {
    for (const name of removed) task.log.print(`would delete ${name}`);
    return;
  }
  await changeNames(storage, { removed }, task);
  for (const name of removed) task.log.print(`deleted ${name}`);
  if (!(await collectGarbage(storage, task)))
    task.log.info("an image is being added: nothing is freed");
}

function meant(storage: Storage, names: readonly string[], glob: string): readonly string[] {
  const found = names.filter((name) => matchesName(name, glob));
  if (found.length > 0) return found;
  if (!isPattern(glob)) throw noSuchImage(familiarName(parseReference(glob)), storage);
  throw new FatalError(`no image in storage has a name like "${glob}"`);
}

export async function runGarbageCollection(args: Arguments, task: Task): Promise<void> {
  const collected = await collectGarbage(openStorage(args), task);
  if (!collected) {
    throw new FatalError("cannot remove what no image needs: an image is being added", {
      hint: "try again when that is done",
    });
  }
  const { blobs, bytes, layers } = collected;
  task.log.print(`removed ${blobs} blobs (${formatBytes(bytes)}) and ${layers} unpacked layers`);
}

function openStorage(args: Arguments): Storage {
  const storage = findStorage(args.value("storage"), process.env);
  storage.prepare();
  return storage;
}
