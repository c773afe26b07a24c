/**
 * Converting an image: a source and a target are joined by the shortest way, and the result is put
 * in its place.
 */
import { mkdirSync, rmSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, FatalError, failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { newestTime } from "../host/newest-time.ts";
import { addPlaces } from "../host/places.ts";
import { withRoomIn } from "../host/room.ts";
import { withTemporary } from "../host/temporary.ts";
import {
  type FormatSettings,
  type Job,
  type Layered,
  type Packed,
  type Packer,
  type Source,
  type Target,
  type TreeSource,
  type TreeTarget,
  UNSTREAMABLE,
} from "./formats/format.ts";
import { referenceFor } from "./infer.ts";
import { withTreeOf } from "./layers-as-tree.ts";
import { produce } from "./output.ts";
import { openToOwner } from "./permissions.ts";
import type { Plan } from "./plan.ts";
import { withLayer } from "./tree-as-layer.ts";

/** Carry out a plan. On failure, and on abort, what was at the output before is still there. */
export function convert(plan: Plan, settings: FormatSettings, task: Task): Promise<void> {
  const { output } = plan;
  const places = [...(output ? [dirname(output.path)] : []), settings.temporary];
  return withRoomIn(places, () => carryOut(plan, { settings, task }));
}

async function carryOut(plan: Plan, job: Job): Promise<void> {
  const { task } = job;
  await refuseExisting(plan, job);
  await plan.inputFormat.read(plan.input, job, async (source) => {
    const target = await plan.outputFormat.create(plan.target, job);
    const make = async (path: string): Promise<void> => {
      await travel({ source, target, job, name: plan.input.place }, path);
      // Whoever has been told to end puts nothing in place any more.
      task.signal.throwIfAborted();
    };
    await (plan.output ? produce(plan.output, make) : make(plan.target.place));
  });
}

/** What is in the way of a file was seen when the plan was made. */
async function refuseExisting({ outputFormat, target, clobber }: Plan, job: Job): Promise<void> {
  if (clobber || !(await outputFormat.exists?.(target, job))) return;
  throw new FatalError(`cannot write "${target.text}": it exists`);
}

interface Route {
  readonly source: Source;
  readonly target: Target;
  readonly job: Job;
  /** The source's path, or its name. */
  readonly name: string;
}

/** From one family of formats to the other, or within one. */
function travel({ source, target, job, name }: Route, output: string): Promise<void> {
  if (target.kind === "layers") {
    const write = (image: Layered): Promise<void> =>
      target.write({ reference: referenceFor(name), ...image }, output);
    return source.kind === "layers" ? write(source) : withLayer({ source, name }, job, write);
  }
  const { temporary } = job.settings;
  if (source.kind !== "layers") return travelAsTree({ source, target, temporary }, output);
  return withTreeOf(source.image, job, (tree) =>
    travelAsTree({ source: tree, target, temporary }, output),
  );
}

export interface TreeRoute {
  readonly source: TreeSource;
  readonly target: TreeTarget;
  /** Where a tree may be unpacked for a while. */
  readonly temporary: string;
}

/** From tree to tree, by the shortest way. */
export async function travelAsTree(
  { source, target, temporary }: TreeRoute,
  output: string,
): Promise<void> {
  if (target.kind === "tree") return unpackTo(output, source);
  if (source.kind === "tree") return target.pack(source.path, output);
  if (await streamed(source, target, output)) return;
  await withTemporary(temporary, async (folder) => {
    const tree = join(folder, "tree");
    await unpackTo(tree, source);
    if (source.stream) settleRoot(tree);
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

/** What could be a stream says nothing of its root's time, which then is the newest. */
function settleRoot(tree: string): void {
  const time = newestTime(tree);
  utimesSync(tree, time, time);
}

async function unpackTo(directory: string, source: TreeSource): Promise<void> {
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
