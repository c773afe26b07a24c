/**
 * Converting an image: a source and a target are joined by the shortest way, and the result is put
 * in its place.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode, failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import {
  type FormatSettings,
  type Packed,
  type Packer,
  type Source,
  type Target,
  UNSTREAMABLE,
} from "./formats/format.ts";
import { produce } from "./output.ts";
import { openToOwner } from "./permissions.ts";
import { addPlaces } from "./places.ts";
import type { Plan } from "./plan.ts";

/** Carry out a plan. On failure, and on abort, what was at the output before is still there. */
export async function convert(plan: Plan, settings: FormatSettings, task: Task): Promise<void> {
  const source = await plan.inputFormat.open(plan.input, settings, task);
  const target = await plan.outputFormat.create(plan.output.name, settings, task);
  await produce(plan.output, async (path) => {
    await travel({ source, target, temporary: settings.temporary }, path);
    // Whoever has been told to end puts nothing in place any more.
    task.signal.throwIfAborted();
  });
}

export interface Route {
  readonly source: Source;
  readonly target: Target;
  /** Where a tree may be unpacked for a while. */
  readonly temporary: string;
}

export async function travel({ source, target, temporary }: Route, output: string): Promise<void> {
  if (target.kind === "tree") return unpackTo(output, source);
  if (source.kind === "tree") return target.pack(source.path, output);
  if (await streamed(source, target, output)) return;
  await withTemporary(temporary, async (folder) => {
    const tree = join(folder, "tree");
    await unpackTo(tree, source);
    await target.pack(tree, output);
  });
}

/** Straight from source to target; false where that cannot be done. */
async function streamed(source: Packed, target: Packer, output: string): Promise<boolean> {
  if (!source.stream || !target.packStream) return false;
  try {
    await target.packStream(source.stream, output);
    return true;
  } catch (error) {
    if (errorCode(error) !== UNSTREAMABLE) throw error;
    rmSync(output, { force: true });
    return false;
  }
}

async function unpackTo(directory: string, source: Source): Promise<void> {
  if (source.kind === "tree") throw new RangeError("a tree is not unpacked");
  try {
    mkdirSync(directory);
  } catch (error) {
    throw failure("make directory", directory, error);
  }
  await source.unpack(directory);
  openToOwner(directory);
  await addPlaces(directory);
}
