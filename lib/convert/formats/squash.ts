/** SquashFS images, by mksquashfs and unsquashfs. */
import { closeSync } from "node:fs";
import { resolve } from "node:path";
import { errorCode } from "../../base/error.ts";
import { openPipe } from "../../base/pipe.ts";
import type { Task } from "../../base/task.ts";
import { type SquashJob, squashStream, squashTree } from "../../host/mksquashfs.ts";
import { missingPlaces } from "../../host/places.ts";
import { squashAbilities } from "../../host/squash-abilities.ts";
import { withTemporary } from "../../host/temporary.ts";
import { unsquash } from "../../host/unsquashfs.ts";
import { checkSquashfs } from "../../native/core.ts";
import type { Location } from "../location.ts";
import { createPrepared } from "../startup/pack.ts";
import type { Format, Job, Source, Streaming, Target } from "./format.ts";

export const squashFormat: Format = {
  kind: "squash",
  noun: "SquashFS image",
  form: "file",
  read: async (input, job, use) => use(await open(input, job)),
  create,
};

async function open(input: Location, { settings, task }: Job): Promise<Source> {
  const { offset } = await checkSquashfs(input.place, input.offset);
  return {
    kind: "packed",
    unpack: (directory) => unsquash(resolve(input.place), { offset, directory, settings }, task),
  };
}

async function create({ text: name }: Location, { settings, task }: Job): Promise<Target> {
  const { squashCompression: compression, blockSize, jobs, xattrs, temporary } = settings;
  const { preparation } = settings;
  const abilities = await squashAbilities(task);
  const job = { name, abilities, settings: { compression, blockSize, jobs, xattrs } };
  if (preparation) return createPrepared(job, preparation, task);
  const pack = async (tree: string, output: string): Promise<void> =>
    squashTree(tree, { ...job, output, places: await missingPlaces(tree) }, task);
  if (!abilities.tar) return { kind: "packed", pack };
  const packStream = (source: Streaming, output: string): Promise<void> =>
    withTemporary(temporary, (folder) => connect(source, { ...job, output, folder }, task));
  return { kind: "packed", pack, packStream };
}

/** Let the source write what mksquashfs reads. */
async function connect(
  source: Streaming,
  described: SquashJob & { readonly folder: string },
  task: Task,
): Promise<void> {
  const job = { ...described, facts: await source.prepare() };
  const { readEnd, writeEnd } = await openPipe(job.folder, task);
  // Our copy of the end that mksquashfs reads must go, or its death would never reach the writer.
  const closeRead = once(() => closeSync(readEnd));
  const packing = squashStream(job, { stdin: readEnd, onStart: closeRead }, task).finally(
    closeRead,
  );
  const writing = source.write(writeEnd).finally(() => closeSync(writeEnd));
  const [packed, written] = await Promise.allSettled([packing, writing]);
  throwFirstCause(packed, written);
}

/** A writer that found the pipe broken has only seen that the reader failed. */
function throwFirstCause(
  packed: PromiseSettledResult<void>,
  written: PromiseSettledResult<void>,
): void {
  const broken = written.status === "rejected" && errorCode(written.reason) === "EPIPE";
  if (written.status === "rejected" && !broken) throw written.reason;
  if (packed.status === "rejected") throw packed.reason;
  if (written.status === "rejected") throw written.reason;
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
