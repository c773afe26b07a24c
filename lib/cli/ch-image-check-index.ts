/** ch-image check, for what other programs read: the layout's index.json. */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { listImages } from "../store/images.ts";
import { hasIndex } from "../store/layout-index.ts";
import { changeNames } from "../store/names.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";

/** Throws if there is none for the images; with --repair it is written anew in any case. */
export async function checkIndex(storage: Storage, args: Arguments, task: Task): Promise<void> {
  if (args.count("repair") > 0) return changeNames(storage, {}, task);
  if (hasIndex(storage) || listImages(storage).length === 0) return;
  throw new FatalError(`cannot read "${storage.path}" as an OCI image layout: no index.json`, {
    hint: 'other programs find no image there; "ch-image check --repair" writes it anew',
  });
}
