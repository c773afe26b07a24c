/** SquashFS images that start fast: what start-up reads is stored as it is. */
import { statSync } from "node:fs";
import { FatalError } from "../../base/error.ts";
import { formatBytes } from "../../base/progress.ts";
import type { Task } from "../../base/task.ts";
import { type SquashJob, squashTree } from "../../host/mksquashfs.ts";
import { missingPlaces } from "../../host/places.ts";
import { asIsArguments, measureAsIs, type StoredSize } from "../../host/uncompressed.ts";
import type { Packer, Preparation } from "../formats/format.ts";
import { ImageTree } from "./inside.ts";
import { startupFiles } from "./startup.ts";

/** A target that takes a tree and no stream: mksquashfs stores all of a stream alike. */
export function createPrepared(
  job: Omit<SquashJob, "output">,
  preparation: Preparation,
  task: Task,
): Packer {
  if (!job.abilities.actions) {
    throw new FatalError(`cannot prepare "${job.name}": this mksquashfs has no -action-file`, {
      hint: "install squashfs-tools 4.4 or later",
    });
  }
  const pack = async (tree: string, output: string): Promise<void> => {
    const paths = choose(new ImageTree(tree), preparation, task);
    const places = await missingPlaces(tree);
    const addsFiles = places.files.length > 0;
    const more = asIsArguments(tree, { paths }, { output, addsFiles });
    await squashTree(tree, { ...job, output, places, more }, task);
    const cost = await measureAsIs(tree, { paths }, { ...job, output }, task);
    task.log.notice(costText(paths.length, cost, statSync(output).size));
  };
  return { kind: "packed", pack };
}

function choose(tree: ImageTree, { profile }: Preparation, task: Task): readonly string[] {
  if (!profile) return startupFiles(tree);
  const found = profile.map((path) => ({ path, file: tree.findFile(path) }));
  const missing = found.filter(({ file }) => file === undefined);
  for (const { path } of missing) task.log.info(`not a file of the image: ${utf8(path)}`);
  if (missing.length > 0) {
    const counts = `${missing.length} of ${profile.length}`;
    task.log.warning(`${counts} files of the profile are not in the image`);
  }
  return [...new Set(found.flatMap(({ file }) => file ?? []))];
}

/** `23 files stored uncompressed: 9.1 MiB instead of 3.2 MiB, the image is 14% larger` */
export function costText(files: number, { asIs, compressed }: StoredSize, size: number): string {
  const cost = asIs - compressed;
  const percent = Math.round((100 * cost) / (size - cost));
  const change = `${formatBytes(asIs)} instead of ${formatBytes(compressed)}`;
  const counted = files === 1 ? "1 file" : `${files} files`;
  return `${counted} stored uncompressed: ${change}, the image is ${percent}% larger`;
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}
