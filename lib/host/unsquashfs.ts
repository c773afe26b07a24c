/** unsquashfs(1): a SquashFS image to a tree. */
import { statSync } from "node:fs";
import { FatalError } from "../base/error.ts";
import { requireProgram } from "../base/search.ts";
import type { Task } from "../base/task.ts";
import { runMetered } from "./meter.ts";

export interface UnsquashSettings {
  /** Keep user.* extended attributes. */
  readonly xattrs: boolean;
  /** Processors to use; all without it. */
  readonly jobs?: number | undefined;
}

/**
 * What an ordinary user may not do and an image does not need: device nodes, and owners other than
 * whoever unpacks it.
 */
const HARMLESS = /because you're not superuser|failed to change uid and gids/;

export interface UnsquashJob {
  /** Where in the file the image begins. */
  readonly offset: number;
  /** Exists and is empty. */
  readonly directory: string;
  readonly settings: UnsquashSettings;
}

/** Unpack the image into a directory. */
export async function unsquash(
  image: string,
  { offset, directory, settings }: UnsquashJob,
  task: Task,
): Promise<void> {
  const file = requireProgram("unsquashfs", "squashfs-tools");
  const args = ["-force", "-no-progress", "-quiet", "-dest", directory];
  args.push(settings.xattrs ? "-user-xattrs" : "-no-xattrs");
  if (settings.jobs !== undefined) args.push("-processors", String(settings.jobs));
  // An option since 4.4.
  if (offset > 0) args.push("-o", String(offset));
  const metered = { file, args: [...args, image], label: `unpacking ${image}` };
  const finished = await runMetered({ ...metered, total: statSync(image).size }, task);
  const problem = unsquashProblem(finished.status, finished.errors);
  if (problem) throw new FatalError(`cannot unpack "${image}": ${problem}`);
}

/** What of all that unsquashfs has said is an error, if anything. */
export function unsquashProblem(status: number, errors: readonly string[]): string | undefined {
  if (status === 0) return undefined;
  const real = errors.filter((line) => !HARMLESS.test(line));
  // 2 is the status of errors after which it went on.
  if (status === 2 && real.length === 0) return undefined;
  const full = /^Write on output file failed because (.*)$/m.exec(real.join("\n"));
  return full?.[1] ?? real.at(-1)?.replace(/^FATAL ERROR: ?/, "") ?? "unsquashfs failed";
}
