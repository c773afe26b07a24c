/** The storage directory that a command line means. */
import { findStorage, type Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";

/** For those who only look: it need not be there. */
export function namedStorage(args: Arguments): Storage {
  return findStorage(args.value("storage"), process.env);
}

/** For those who change something. */
export function openStorage(args: Arguments): Storage {
  const storage = namedStorage(args);
  storage.prepare();
  return storage;
}
