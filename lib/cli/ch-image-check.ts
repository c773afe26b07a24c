/** ch-image check. */
import { FatalError, usageError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { type Task, withParts } from "../base/task.ts";
import { checkImage, type Known } from "../store/check.ts";
import { type DamagedRecord, isStill, listImages, readRecords } from "../store/images.ts";
import type { ImageRecord } from "../store/record.ts";
import { withRoom } from "../store/room.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { checkIndex } from "./ch-image-check-index.ts";
import { Repairs } from "./ch-image-repair.ts";
import { sourceFaults } from "./ch-image-sources.ts";
import { namedStorage, openStorage } from "./ch-image-storage.ts";

interface Result {
  readonly name: string;
  readonly faults: readonly string[];
  readonly isRepaired: boolean;
}

export async function runCheck(args: Arguments, task: Task): Promise<void> {
  const isRepair = args.count("repair") > 0;
  const isSource = args.count("source") > 0;
  if (isSource && isRepair) throw usageError("--source and --repair exclude each other");
  const storage = isRepair ? openStorage(args, task) : namedStorage(args, task);
  if (isSource) return judge(await askSources(storage, args, task), SAME, args, task);
  judge(await checkAll(storage, args, task), WHOLE, args, task);
  await checkIndex(storage, args, task);
}

/** What is said in the end. */
interface Words {
  readonly good: string;
  readonly bad: string;
  readonly hint: string;
}

const WHOLE: Words = {
  good: "are whole",
  bad: "are damaged",
  hint: '"ch-image check --repair" fetches anew what can be fetched',
};
const SAME: Words = {
  good: "are what their sources say",
  bad: "are not what their sources say",
  hint: '"ch-image pull" fetches what a name means now; what is in storage stays as it is',
};

function judge(results: readonly Result[], words: Words, args: Arguments, { log }: Task): void {
  const isJson = args.count("json") > 0;
  if (isJson) log.print(JSON.stringify(results, null, 2));
  else for (const result of results) printResult(result, log);
  const damaged = results.filter(({ faults, isRepaired }) => faults.length > 0 && !isRepaired);
  if (damaged.length > 0) {
    const { bad, hint } = words;
    throw new FatalError(`of ${results.length} images ${damaged.length} ${bad}`, { hint });
  }
  if (!isJson) log.tell(`${results.length} images ${words.good}`);
}

/** Those that did not come from a registry are not counted. */
async function askSources(
  storage: Storage,
  args: Arguments,
  task: Task,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const image of listImages(storage)) {
    const { name } = image;
    const faults = await sourceFaults(image, args, task);
    if (faults) results.push({ name, faults, isRepaired: false });
    else task.log.info(`not from a registry: ${name}`);
  }
  return results;
}

function printResult({ name, faults, isRepaired }: Result, log: Log): void {
  for (const fault of faults) log.print(`${name}: ${isRepaired ? "repaired: " : ""}${fault}`);
}

async function checkAll(storage: Storage, args: Arguments, task: Task): Promise<readonly Result[]> {
  const known: Known = new Map();
  const results: Result[] = [];
  for (const image of listImages(storage)) {
    const faults = await faultsOf(storage, image, { known, task });
    results.push({ name: image.name, faults, isRepaired: false });
  }
  results.push(...readRecords(storage, "img").damaged.map(lost));
  if (args.count("repair") === 0) return results;
  return withRoom(storage, () =>
    withParts(task, (parts) =>
      new Repairs(storage, args, { known, task: parts }).repairAll(results),
    ),
  );
}

/** Nobody knows any more what it was. */
function lost({ name, error }: DamagedRecord): Result {
  return { name, faults: [`${error.message}; ${error.hint}`], isRepaired: false };
}

/** What was deleted or replaced meanwhile is not damaged. */
async function faultsOf(
  storage: Storage,
  image: ImageRecord,
  context: { readonly known: Known; readonly task: Task },
): Promise<readonly string[]> {
  const found = await checkImage(storage, image, context);
  return isStill(storage, image) ? found : [];
}
