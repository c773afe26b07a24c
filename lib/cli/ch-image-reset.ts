/** ch-image reset. */
import { createInterface } from "node:readline/promises";
import { FatalError, usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { listImages } from "../store/images.ts";
import { resetStorage } from "../store/reset.ts";
import type { Arguments } from "./arguments.ts";
import { openStorage } from "./ch-image-storage.ts";

export async function runReset(args: Arguments, task: Task): Promise<void> {
  const storage = openStorage(args, task);
  const names = listImages(storage).map(({ name }) => name);
  const all = `all of "${storage.path}", with ${names.length} images`;
  if (args.count("dry-run") > 0) {
    for (const name of names) task.log.print(`would delete ${name}`);
    return task.log.print(`would delete ${all}`);
  }
  if (args.count("force") === 0 && !(await isMeant(all, task))) return;
  if (!(await resetStorage(storage, task))) {
    throw new FatalError(`cannot delete ${all}: an image is being added`, {
      hint: "try again when that is done",
    });
  }
  task.log.tell(`deleted ${all}`);
}

async function isMeant(all: string, task: Task): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw usageError(`cannot ask whether to delete ${all}`, "say --force to do so without asking");
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`delete ${all}? [y/N] `, { signal: task.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
