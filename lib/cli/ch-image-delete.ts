/** ch-image delete and undelete. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import { listDeleted } from "../store/deleted.ts";
import { collectGarbage } from "../store/garbage.ts";
import { listImages, noSuchImage } from "../store/images.ts";
import { ADDING, withLock } from "../store/lock.ts";
import { changeNames } from "../store/names.ts";
import { isPattern, matchesName } from "../store/pattern.ts";
import { withRoom } from "../store/room.ts";
import { sharingOf } from "../store/sharing.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { openStorage } from "./ch-image-storage.ts";

export async function runDelete(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const names = listImages(storage).map(({ name }) => name);
  const chosen = choose(args.operands, names, (text) => noSuchImage(text, storage));
  if (args.count("dry-run") > 0) return printPlan(storage, chosen, task);
  const now = args.count("now") > 0;
  await changeNames(storage, now ? { removed: chosen } : { deleted: chosen }, task);
  for (const name of chosen) task.log.print(`deleted ${name}`);
  const collected = await collectGarbage(storage, { task });
  if (!collected) task.log.info("an image is being added: nothing is freed");
}

/** What would go, and what would stay because others need it. */
function printPlan(storage: Storage, chosen: readonly string[], task: Task): void {
  const images = listImages(storage);
  const left = images.filter(({ name }) => !chosen.includes(name));
  for (const image of images.filter(({ name }) => chosen.includes(name))) {
    const { ownBytes, layers, sharedLayers, others } = sharingOf(storage, image, left);
    const shared =
      others.length > 0 ? `; ${sharedLayers} of ${layers} layers also of ${others.join(", ")}` : "";
    task.log.print(`would delete ${image.name}: ${formatBytes(ownBytes)}${shared}`);
  }
}

export async function runUndelete(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const work = async (): Promise<void> => {
    const names = listDeleted(storage).map(({ name }) => name);
    const restored = choose(args.operands, names, noneDeleted);
    await changeNames(storage, { restored }, task);
    for (const name of restored) task.log.print(`${name} is back`);
  };
  // Nothing that they need is removed meanwhile.
  await withRoom(storage, () => withLock(storage, ADDING, { shared: true, task, work }));
}

function noneDeleted(text: string): FatalError {
  const name = familiarName(parseReference(text));
  return new FatalError(`no image "${name}" has been deleted lately`, {
    hint: '"ch-image list --undeletable" shows what can be brought back',
  });
}

/** The names that are meant; each pattern must mean one at least. */
function choose(
  globs: readonly string[],
  names: readonly string[],
  missing: (text: string) => FatalError,
): readonly string[] {
  const found = globs.flatMap((glob) => {
    const meant = names.filter((name) => matchesName(name, glob));
    if (meant.length > 0) return meant;
    if (!isPattern(glob)) throw missing(glob);
    throw new FatalError(`no image in storage has a name like "${glob}"`);
  });
  return [...new Set(found)];
}
