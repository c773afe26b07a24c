/**
 * What the races run on: a root file system as directory, tar archive and SquashFS images. Debian's
 * smallest, by mmdebstrap, is made once and kept as a tar archive; where that cannot be had, one of
 * this machine's own programs, by misc/make-image.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseEnv } from "node:util";
import { FatalError } from "../lib/base/error.ts";
import { runProgram } from "../lib/base/process.ts";
import { findProgram, requireProgram } from "../lib/base/search.ts";
import type { Task } from "../lib/base/task.ts";
import type { Missing } from "./race.ts";
import type { Track } from "./track.ts";

export interface Images {
  /** For people: what the tree is. */
  readonly description: string;
  readonly directory: string;
  readonly archive: string;
  readonly squashfs: readonly LaunchedImage[];
  /** The tree and a large file, LARGE_FILE, at its root. */
  readonly large: LargeImage;
  /** Programs of the image to be started. */
  readonly programs: readonly (readonly string[])[];
}

export interface SquashfsImage {
  readonly name: string;
  readonly path: string;
}

export interface LargeImage extends SquashfsImage {
  readonly directory: string;
  /** The same in the kernel's other file system of this kind, or why not. */
  readonly erofs: string | Missing;
}

export interface LaunchedImage extends SquashfsImage {
  /** A copy, for a server that lives while others are measured. */
  readonly living: string;
}

/** In the root of `Images.large`; reader.c knows the first, too. */
export const LARGE_FILE = "/large.tar";
export const READER = "/reader";

const COMPRESSIONS = [
  ["zstd", "3"],
  ["gzip", "9"],
] as const;

export interface Sources {
  /** Tar archive of the tree; made if it is not there. */
  readonly tree: string;
  /** misc/make-image. */
  readonly makeImage: string;
}

export async function makeImages(sources: Sources, track: Track): Promise<Images> {
  const directory = join(track.folder, "tree");
  const description = await makeTree(directory, sources, track);
  const archive = join(track.folder, "tree.tar.gz");
  await track.run(["tar", "-C", directory, "-czf", archive, "."]);
  const squashfs: LaunchedImage[] = [];
  for (const [compression, level] of COMPRESSIONS) {
    const path = join(track.folder, `${compression}.sqfs`);
    await track.run([...mksquashfs(directory, path), "-comp", compression, ...atLevel(level)]);
    const living = join(track.folder, `${compression}-living.sqfs`);
    await track.run(["cp", path, living]);
    squashfs.push({ name: `${compression} ${level}`, path, living });
  }
  const large = await makeLarge(directory, track);
  const perl = existsSync(join(directory, "usr/bin/perl")) ? [["/usr/bin/perl", "-e", "1"]] : [];
  const programs = [["/bin/true"], ...perl];
  return { description, directory, archive, squashfs, large, programs };
}

/** The large file is the tree once more, as a tar archive: it compresses as the tree does. */
async function makeLarge(tree: string, track: Track): Promise<Images["large"]> {
  const directory = join(track.folder, "large");
  const path = join(track.folder, "large.sqfs");
  await track.run(["cp", "-a", tree, directory]);
  await track.run(["tar", "-C", tree, "-cf", join(directory, LARGE_FILE), "."]);
  await track.run(["cp", track.reader, join(directory, READER)]);
  await track.run([...mksquashfs(directory, path), "-comp", "zstd", ...atLevel("3")]);
  return { name: "zstd 3", path, directory, erofs: await makeErofs(directory, track) };
}

async function makeErofs(directory: string, track: Track): Promise<string | Missing> {
  const program = findProgram("mkfs.erofs");
  if (!program) return { missing: "no mkfs.erofs (package erofs-utils)" };
  const path = join(track.folder, "large.erofs");
  await track.run([program, "-zlz4hc", "--quiet", path, directory]);
  return path;
}

function mksquashfs(from: string, to: string): string[] {
  const program = requireProgram("mksquashfs", "squashfs-tools");
  return [program, from, to, "-b", "131072", "-quiet", "-no-progress"];
}

function atLevel(level: string): string[] {
  return ["-Xcompression-level", level];
}

async function makeTree(directory: string, sources: Sources, track: Track): Promise<string> {
  const { task } = track;
  try {
    if (!existsSync(sources.tree)) await makeDebian(sources.tree, track);
    await mkdir(directory);
    // Device nodes are beyond an ordinary user.
    await run("tar", ["-C", directory, "--exclude=./dev/*", "-xf", sources.tree], task);
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    task.log.warning(`measuring on a small image instead of Debian's: ${error.message}`);
    await rm(directory, { recursive: true, force: true });
    await run(sources.makeImage, [directory], task);
    return "programs of this machine";
  } finally {
    await track.own(directory);
  }
  return "Debian minbase";
}

async function makeDebian(tree: string, { task }: Track): Promise<void> {
  if (!findProgram("mmdebstrap")) throw new FatalError("mmdebstrap is not installed");
  const { VERSION_CODENAME: suite } = parseEnv(await readFile("/etc/os-release", "utf8"));
  task.log.notice(`making ${tree}, which takes a while`);
  const part = `${tree}.part.tar`;
  const small = ["--variant=minbase", '--aptopt=Acquire::Languages "none"'];
  await run("mmdebstrap", [...small, suite ?? "stable", part], task);
  await rename(part, tree);
}

async function run(file: string, args: readonly string[], task: Task): Promise<void> {
  const { status, errors } = await runProgram({ file, args }, task);
  if (status !== 0) throw new FatalError(`${basename(file)} failed: ${errors.at(-1) ?? status}`);
}
