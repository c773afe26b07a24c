/** The storage directory that a command line means. */
import type { Task } from "../base/task.ts";
import { readConfiguration } from "../host/configuration.ts";
import { Storage, usualStorage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";

/** For those who only look: it need not be there. ch-run finds the same one. */
export function namedStorage(args: Arguments, { log }: Task): Storage {
  const option = args.value("storage");
  const configuration = readConfiguration(process.env, log);
  const chosen = configuration.choose("storage", { option, variable: "CH_IMAGE_STORAGE" });
  const locks = args.count("no-lock") === 0;
  return new Storage(chosen ?? usualStorage(process.env), { locks });
}

/** For those who change something. */
export function openStorage(args: Arguments, task: Task): Storage {
  const storage = namedStorage(args, task);
  storage.prepare();
  return storage;
}
