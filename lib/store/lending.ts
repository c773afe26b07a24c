/** Storage lends blobs to who makes something else of them: what is here need not be fetched. */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../base/task.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { ADDING, withLock } from "./lock.ts";
import type { Storage } from "./storage.ts";

/** The file of a blob, which was verified when it came; undefined: it is not here. */
export type Lender = (blob: Descriptor) => string | undefined;

/** Do something with blobs of storage, if there is any; nothing is removed from it meanwhile. */
export async function withLender<T>(
  storage: Storage,
  task: Task,
  work: (lend: Lender) => Promise<T>,
): Promise<T> {
  if (!canLock(storage)) return work(() => undefined);
  const lend: Lender = ({ digest, size }) => {
    const path = storage.blob(digest);
    return statSync(path, { throwIfNoEntry: false })?.size === size ? path : undefined;
  };
  return withLock(storage, ADDING, { shared: true, task, work: () => work(lend) });
}

/** Do something with images of storage: nothing is removed from it meanwhile, if that is up to us. */
export function whileKept<T>(storage: Storage, task: Task, work: () => Promise<T>): Promise<T> {
  return canLock(storage) ? withLock(storage, ADDING, { shared: true, task, work }) : work();
}

/** Storage that is not there is not made, and that of others is left alone. */
function canLock(storage: Storage): boolean {
  try {
    accessSync(join(storage.folder("locks"), ADDING), constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
