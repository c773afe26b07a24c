/**
 * mksquashfs(1): a SquashFS image from a tree, or from a tar stream where this version can (4.5).
 * Everything is owned by root inside: an image's ids mean nothing on another host, and whoever runs
 * it owns all of it.
 */
import { FatalError } from "../base/error.ts";
import { type Finished, runProgram } from "../base/process.ts";
import type { Task } from "../base/task.ts";
import { runMetered } from "./meter.ts";
import { requireProgram } from "./search.ts";

export type SquashCompressor = "gzip" | "lzo" | "lz4" | "xz" | "zstd";

export interface SquashCompression {
  readonly compressor: SquashCompressor;
  /** For the compressors that have levels. */
  readonly level?: number | undefined;
}

export interface SquashSettings {
  readonly compression: SquashCompression;
  /** In bytes: a power of two from 4 KiB to 1 MiB. */
  readonly blockSize: number;
  /** Processors to use; all without it. */
  readonly jobs?: number | undefined;
  readonly xattrs: boolean;
}

/** What the mksquashfs of this host can do beyond its version 4.3. */
export interface SquashAbilities {
  readonly tar: boolean;
  readonly rootMode: boolean;
  readonly xattrsInclude: boolean;
  readonly actions: boolean;
}

export interface EmptyPlaces {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

export interface SquashJob {
  readonly output: string;
  /** OUT as the user named it, for messages. */
  readonly name: string;
  readonly settings: SquashSettings;
  readonly abilities: SquashAbilities;
}

/** Ask mksquashfs what it can do, by its help text. */
export async function squashAbilities(task: Task): Promise<SquashAbilities> {
  const brief = await helpText("-help", task);
  // Newer ones answer -help with an overview.
  return parseAbilities(brief.includes("-noappend") ? brief : await helpText("-help-all", task));
}

async function helpText(option: string, task: Task): Promise<string> {
  const { stdout, errors } = await runProgram({ file: program(), args: [option] }, task);
  return [stdout, ...errors].join("\n");
}

export function parseAbilities(help: string): SquashAbilities {
  const knows = (option: string): boolean => new RegExp(`^\\s*${option}\\b`, "m").test(help);
  return {
    tar: knows("-tar"),
    rootMode: knows("-root-mode"),
    xattrsInclude: knows("-xattrs-include"),
    actions: knows("-action-file"),
  };
}

/** Make an image of a tree, plus empty files and directories that the tree lacks. */
export async function squashTree(
  tree: string,
  job: SquashJob & { readonly places: EmptyPlaces; readonly more?: readonly string[] },
  task: Task,
): Promise<void> {
  const args = [tree, job.output, ...commonArguments(job), ...(job.more ?? [])];
  // Without it, a file that cannot be read becomes an empty one, and all is called well.
  args.push("-exit-on-error", ...pseudoFiles(job.places));
  const label = `packing ${job.name}`;
  checkFinished(await runMetered({ file: program(), args, label }, task), tree, job.name);
}

/**
 * Make an image of the tar stream that can be read from a descriptor, which the caller closes as
 * soon as `onStart` is called.
 */
export async function squashStream(
  job: SquashJob,
  input: { readonly stdin: number; readonly onStart: () => void },
  task: Task,
): Promise<void> {
  const args = ["-", job.output, "-tar", ...commonArguments(job)];
  if (job.abilities.rootMode) args.push("-root-mode", "755");
  checkFinished(await runProgram({ file: program(), args, ...input }, task), "-", job.name);
}

function program(): string {
  return requireProgram("mksquashfs", "squashfs-tools");
}

function commonArguments({ settings, abilities }: SquashJob): string[] {
  const { blockSize, jobs } = settings;
  const { compressor, level } = settings.compression;
  const args = ["-noappend", "-no-progress", "-no-recovery", "-quiet", "-all-root"];
  args.push("-comp", compressor, "-b", String(blockSize));
  if (level !== undefined) args.push("-Xcompression-level", String(level));
  if (jobs !== undefined) args.push("-processors", String(jobs));
  return [...args, ...xattrArguments(settings.xattrs, abilities)];
}

/** Attributes of other classes (capabilities, SELinux labels) mean this host, not the image. */
function xattrArguments(xattrs: boolean, abilities: SquashAbilities): string[] {
  if (!xattrs) return ["-no-xattrs"];
  return abilities.xattrsInclude ? ["-xattrs-include", "^user\\."] : [];
}

function pseudoFiles({ directories, files }: EmptyPlaces): string[] {
  const definitions = [
    ...directories.map((path) => `${path} d 755 0 0`),
    ...files.map((path) => `${path} f 644 0 0 true`),
  ];
  return definitions.flatMap((definition) => ["-p", definition]);
}

function checkFinished({ status, errors }: Finished, input: string, output: string): void {
  if (status !== 0) throw squashError(errors, input, output);
}

/** What mksquashfs has said, in our words. */
export function squashError(errors: readonly string[], input: string, output: string): FatalError {
  const text = errors.join("\n");
  const unwritten = /^Write failed because (.*)$/m.exec(text);
  if (unwritten) return new FatalError(`cannot write "${output}": ${unwritten[1]}`);
  const unread = /^(?:Could not open|Failed to read file) (.*?)(?:, .*)?$/m.exec(text);
  if (unread) {
    return new FatalError(`cannot read "${unread[1]}"`, {
      hint: `make it readable to you: chmod -R u+rX "${input}"`,
    });
  }
  const last = errors.at(-1)?.replace(/^FATAL ERROR: ?/, "") ?? "mksquashfs failed";
  return new FatalError(`cannot write "${output}": ${last}`);
}
