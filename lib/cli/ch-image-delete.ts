/** ch-image delete and undelete. */
import { FatalError } from "../base/error.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import { listDeleted } from "../store/deleted.ts";
import { collectGarbage } from "../store/garbage.ts";
import { listImages, noSuchImage, readRecords } from "../store/images.ts";
import { ADDING, withLock } from "../store/lock.ts";
import { changeNames } from "../store/names.ts";
import { isPattern, matchesName } from "../store/pattern.ts";
import { RecordError } from "../store/record.ts";
import { withRoom } from "../store/room.ts";
import { type Sharing, sharingOf } from "../store/sharing.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { openStorage } from "./ch-image-storage.ts";

export async function runDelete(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const { records, damaged } = readRecords(storage, "img");
  const names = [...records, ...damaged].map(({ name }) => name);
  const chosen = choose(args.operands, names, (text) => noSuchImage(text, storage));
  // Before they are gone.
  const plans = plansOf(storage, chosen);
  if (args.count("dry-run") > 0) {
    printPlans(plans, args, task);
    return;
  }
  const isLost = (name: string): boolean =>
    args.count("now") > 0 || damaged.some((each) => each.name === name);
  const removed = chosen.filter(isLost);
  const deleted = chosen.filter((name) => !isLost(name));
  await changeNames(storage, { removed, deleted }, task);
  if (args.count("json") > 0) printPlans(plans, args, task);
  else for (const name of chosen) task.log.tell(`deleted ${name}`);
  await freeRoom(storage, task);
}

/** The names are gone, whatever comes of this. */
async function freeRoom(storage: Storage, task: Task): Promise<void> {
  try {
    const collected = await collectGarbage(storage, { task });
    if (!collected) task.log.info("an image is being added: nothing is freed");
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    task.log.warning(`nothing is freed: ${error.message}`);
  }
}

type Plan = Sharing & { readonly name: string };

/** What goes, and what stays because others need it. */
function plansOf(storage: Storage, chosen: readonly string[]): readonly Plan[] {
  const images = listImages(storage);
  const left = images.filter(({ name }) => !chosen.includes(name));
  const going = images.filter(({ name }) => chosen.includes(name));
  return going.map((image) => ({ name: image.name, ...sharingOf(storage, image, left) }));
}

function printPlans(plans: readonly Plan[], args: Arguments, task: Task): void {
  if (args.count("json") > 0) {
    task.log.print(JSON.stringify(plans, null, 2));
    return;
  }
  for (const { name, ownBytes, layers, sharedLayers, others } of plans) {
    const shared =
      others.length > 0 ? `; ${sharedLayers} of ${layers} layers also of ${others.join(", ")}` : "";
    task.log.print(`would delete ${name}: ${formatBytes(ownBytes)}${shared}`);
  }
}

export async function runUndelete(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const work = async (): Promise<void> => {
    const names = listDeleted(storage).map(({ name }) => name);
    const restored = choose(args.operands, names, noneDeleted);
    await changeNames(storage, { restored }, task);
    for (const name of restored) task.log.tell(`${name} is back`);
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
