/**
 * Images that were deleted. Their records wait in deleted/ for a day, and all that they name stays
 * as long: a deletion can be taken back, and containers that run lose nothing yet. When it was done
 * is the time of the file, so that nothing has to be written on a full disk.
 */
import { renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { FatalError, failure } from "../base/error.ts";
import { shortageOf } from "../host/room.ts";
import { fileName, parseReference } from "../oci/reference.ts";
import { readRecords } from "./images.ts";
import type { ImageRecord } from "./record.ts";
import type { Storage } from "./storage.ts";

const GRACE_MS = 24 * 60 * 60 * 1000;

export interface DeletedImage extends ImageRecord {
  /** When it goes for good, with the next removal of garbage. */
  readonly until: Date;
}

/** The images that can be brought back, sorted by name. */
export function listDeleted(storage: Storage): readonly DeletedImage[] {
  return readRecords(storage, "deleted").records.flatMap((record) => {
    const stat = statSync(pathOf(storage, "deleted", record.name), { throwIfNoEntry: false });
    return stat ? [{ ...record, until: new Date(stat.mtimeMs + GRACE_MS) }] : [];
  });
}

/** Delete an image; the caller holds the lock of the names. */
export function keepDeleted(storage: Storage, name: string): void {
  const path = pathOf(storage, "img", name);
  try {
    utimesSync(path, new Date(), new Date());
    renameSync(path, pathOf(storage, "deleted", name));
  } catch (error) {
    throw deletionError(name, error);
  }
}

/** Under a quota that is used up, not even a name can be moved on some file systems (btrfs). */
function deletionError(name: string, cause: unknown): FatalError {
  const error = failure("delete", name, cause);
  if (!shortageOf(cause)) return error;
  const hint = '"ch-image delete --now" needs no room, and cannot be undone';
  return new FatalError(error.message, { hint, cause });
}

/** Bring an image back; the caller holds the lock of the names. */
export function restoreDeleted(storage: Storage, name: string): void {
  const path = pathOf(storage, "img", name);
  if (statSync(path, { throwIfNoEntry: false })) {
    throw new FatalError(`cannot bring back "${name}": there is another image of that name`, {
      hint: `"ch-image rename ${name} NAME" gives that one another name`,
    });
  }
  try {
    renameSync(pathOf(storage, "deleted", name), path);
  } catch (error) {
    throw failure("bring back", name, error);
  }
}

/** Forget those whose time is over, or all of them. */
export function forgetDeleted(storage: Storage, which: "expired" | "all"): void {
  const now = new Date();
  for (const { name, until } of listDeleted(storage)) {
    if (which === "all" || until <= now) rmSync(pathOf(storage, "deleted", name), { force: true });
  }
  if (which !== "all") return;
  for (const { name } of readRecords(storage, "deleted").damaged) {
    rmSync(pathOf(storage, "deleted", name), { force: true });
  }
}

function pathOf(storage: Storage, folder: "img" | "deleted", name: string): string {
  return join(storage.folder(folder), fileName(parseReference(name)));
}
