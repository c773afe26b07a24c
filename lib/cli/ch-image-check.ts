/** ch-image check. */
import { FatalError } from "../base/error.ts";
import { type Task, withParts } from "../base/task.ts";
import { checkImage, type Known } from "../store/check.ts";
import { isStill, listImages } from "../store/images.ts";
import type { ImageRecord } from "../store/record.ts";
import { withRoom } from "../store/room.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { Repairs } from "./ch-image-repair.ts";
import { namedStorage } from "./ch-image-storage.ts";

interface Result {
  readonly name: string;
  readonly faults: readonly string[];
  readonly isRepaired: boolean;
}

export async function runCheck(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const isJson = args.count("json") > 0;
  const results = await checkAll(storage, args, task);
  if (isJson) task.log.print(JSON.stringify(results, null, 2));
  else for (const result of results) printResult(result, task);
  const damaged = results.filter(({ faults, isRepaired }) => faults.length > 0 && !isRepaired);
  if (damaged.length > 0) {
    throw new FatalError(`of ${results.length} images ${damaged.length} are damaged`, {
      hint: '"ch-image check --repair" fetches anew what can be fetched',
    });
  }
  if (!isJson) task.log.print(`${results.length} images are whole`);
}

function printResult({ name, faults, isRepaired }: Result, { log }: Task): void {
  for (const fault of faults) log.print(`${name}: ${isRepaired ? "repaired: " : ""}${fault}`);
}

async function checkAll(storage: Storage, args: Arguments, task: Task): Promise<readonly Result[]> {
  const known: Known = new Map();
  const results: Result[] = [];
  for (const image of listImages(storage)) {
    const faults = await faultsOf(storage, image, { known, task });
    results.push({ name: image.name, faults, isRepaired: false });
  }
  if (args.count("repair") === 0) return results;
  return withRoom(storage, () =>
    withParts(task, (parts) =>
      new Repairs(storage, args, { known, task: parts }).repairAll(results),
    ),
  );
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
