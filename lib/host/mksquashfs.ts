/**
 * mksquashfs(1): a SquashFS image from a tree, or from a tar stream where this version can (4.5).
 * Everything is owned by root inside: an image's ids mean nothing on another host, and whoever runs
 * it owns all of it.
 */
import { FatalError } from "../base/error.ts";
import { type Finished, runProgram } from "../base/process.ts";
import type { Task } from "../base/task.ts";
import { runMetered } from "./meter.ts";
import { newestTime } from "./newest-time.ts";
import { findMksquashfs, type SquashAbilities } from "./squash-abilities.ts";
import { queueMemory } from "./squash-memory.ts";

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
  const env = sameTime(newestTime(tree));
  checkFinished(
    await runMetered({ file: findMksquashfs(), args, env, label }, task),
    tree,
    job.name,
  );
}

/** What mksquashfs takes about the root from no archive, and what it must know beforehand. */
export interface StreamFacts {
  readonly rootMode?: number;
  /** The newest modification time, in seconds since 1970. */
  readonly newest?: number;
}

/**
 * Make an image of the tar stream that can be read from a descriptor, which the caller closes as
 * soon as `onStart` is called.
 */
export async function squashStream(
  job: SquashJob & { readonly facts: StreamFacts },
  input: { readonly stdin: number; readonly onStart: () => void },
  task: Task,
): Promise<void> {
  const args = ["-", job.output, "-tar", ...commonArguments(job)];
  const { rootMode = 0o755, newest } = job.facts;
  if (job.abilities.rootMode) args.push("-root-mode", rootMode.toString(8));
  const env = newest === undefined ? {} : sameTime(newest);
  checkFinished(
    await runProgram({ file: findMksquashfs(), args, env, ...input }, task),
    "-",
    job.name,
  );
}

/**
 * The time of the image itself, and the latest that anything in it has: the same for the same
 * content. What has no time of its own, as the root of a stream, would have the present one.
 */
function sameTime(newest: number): Readonly<Record<string, string>> {
  return process.env["SOURCE_DATE_EPOCH"] ? {} : { SOURCE_DATE_EPOCH: String(newest) };
}

function commonArguments({ settings, abilities }: SquashJob): string[] {
  const { blockSize, jobs } = settings;
  const { compressor, level } = settings.compression;
  const args = ["-noappend", "-no-progress", "-no-recovery", "-quiet", "-all-root"];
  args.push("-comp", compressor, "-b", String(blockSize));
  if (level !== undefined) args.push("-Xcompression-level", String(level));
  if (jobs !== undefined) args.push("-processors", String(jobs));
  if (abilities.memory) args.push("-mem", queueMemory(blockSize));
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
