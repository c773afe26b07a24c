/** Making the storage directory as it was at first: empty. */
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errorCode, failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { deleteTree } from "../native/core.ts";
import { ADDING, ifUnlocked } from "./lock.ts";
import { changeNames } from "./names.ts";
import type { Storage } from "./storage.ts";

/** What is ours there; the locks stay, since who waits for one has it open. */
const OURS = ["blobs", "cache", "deleted", "form", "layers", "unpacked"];

/** Remove everything; undefined: somebody is adding an image, and nothing was done. */
export function resetStorage(storage: Storage, task: Task): Promise<boolean | undefined> {
  return ifUnlocked(storage, ADDING, async () => {
    const names = readdirSync(storage.folder("img"));
    for (const name of names) await deleteTree(join(storage.folder("img"), name));
    for (const name of OURS) await deleteTree(moveAway(storage, name));
    for (const name of readdirSync(storage.folder("tmp"))) {
      await deleteTree(join(storage.folder("tmp"), name));
    }
    storage.prepare();
    await changeNames(storage, {}, task);
    return true;
  });
}

/** It is gone at once, however long deleting takes. */
function moveAway(storage: Storage, name: string): string {
  const path = join(storage.path, name);
  const away = join(storage.folder("tmp"), `reset.${process.pid}.${name}`);
  try {
    renameSync(path, away);
    return away;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return away;
    throw failure("remove", path, error);
  }
}
