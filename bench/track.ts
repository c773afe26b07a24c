/**
 * Where races are run: a folder on a tmpfs, with copies of what is measured, and an ordinary user
 * without the caller's environment. Times come from bench/measure.c, since Node.js cannot see what
 * its children's children used.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { FatalError, failure } from "../lib/base/error.ts";
import { type Finished, runProgram } from "../lib/base/process.ts";
import type { Task } from "../lib/base/task.ts";
import { parseSample, type Sample } from "./sample.ts";

/**
 * Who runs the programs if we are root: "daemon", who has a name and a group on every Linux, as
 * users have. For a user without, the C library loads what asks other sources.
 */
const USER_ID = 1;

/** In a mount namespace of its own: what a host with systemd has on /sys/fs/cgroup. */
const PLAIN_CGROUP = `umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"`;

/** What a command wants around it. */
export interface Surroundings {
  /** /sys/fs/cgroup is a cgroup2 file system, as systemd makes it. */
  readonly plainCgroup?: boolean;
  /** Only root can do it, and we are. */
  readonly asRoot?: boolean;
}

export interface RunOptions extends Surroundings {
  /** What an error calls it, if not by its first word. */
  readonly called?: string;
  /** Ends it, besides what ends the benchmark. */
  readonly signal?: AbortSignal;
}

export interface Programs {
  /** The staged install, and the directory of its programs once installed. */
  readonly folder: string;
  readonly bin: string;
  /** The programs of measure.c and reader.c. */
  readonly measure: string;
  readonly reader: string;
  /** The bundle of apply-layer.ts, and where the addon that it loads is once installed. */
  readonly applier: string;
  readonly libraries: string;
}

export interface MeasureOptions extends Surroundings {
  readonly copies: number;
  /** The command prints how long it took, and that is the wall time. */
  readonly tells?: boolean;
}

export class Track {
  /** Belongs to the user that runs the programs. */
  readonly folder: string;
  /** Directory of the programs under test. */
  readonly programs: string;
  /** The program of reader.c. */
  readonly reader: string;
  readonly applier: string;
  readonly libraries: string;
  readonly task: Task;
  readonly #measure: string;

  private constructor(folder: string, programs: Programs, task: Task) {
    const { bin, measure, reader, applier, libraries } = programs;
    this.folder = folder;
    this.programs = join(folder, "stage", bin);
    this.libraries = join(folder, "stage", libraries);
    this.applier = join(folder, basename(applier));
    this.#measure = join(folder, basename(measure));
    this.reader = join(folder, basename(reader));
    this.task = task;
  }

  /** Lay out a folder in `parent`. The programs are copied: the build tree may be out of reach. */
  static async make(parent: string, programs: Programs, task: Task): Promise<Track> {
    const folder = await mkdtemp(join(parent, "ch-bench.")).catch((error: unknown) => {
      throw failure("write in", parent, error);
    });
    const track = new Track(folder, programs, task);
    for (const program of [programs.measure, programs.reader, programs.applier]) {
      await cp(program, join(folder, basename(program)));
    }
    const stage = { recursive: true, verbatimSymlinks: true };
    await cp(programs.folder, join(folder, "stage"), stage);
    await track.own(folder);
    return track;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Give a tree of ours to the user. */
  async own(path: string): Promise<void> {
    if (!isRoot()) return;
    const args = ["-R", `${USER_ID}:${USER_ID}`, path];
    await runProgram({ file: "chown", args }, this.task);
  }

  /** The ids that programs run with. */
  ids(): readonly [number, number] {
    if (isRoot()) return [USER_ID, USER_ID];
    return [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  }

  /** Run a command as the user; throws with its last line of complaint if it fails. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const { called = command[0] ?? "" } = options;
    const [file = "", ...args] = [...this.#surroundings(options), ...command];
    const finished = await runProgram({ file, args }, this.#taskUntil(options.signal));
    if (finished.status === 0) return finished;
    const reason = finished.errors.at(-1) ?? "it said nothing";
    throw new FatalError(`${basename(called)} failed with status ${finished.status}: ${reason}`);
  }

  /** Measure one start of `copies` copies of a command. */
  async measure(
    command: readonly string[],
    { copies, tells = false, ...surroundings }: MeasureOptions,
  ): Promise<Sample> {
    const options = tells ? ["-t"] : [];
    const measured = [this.#measure, ...options, String(copies), ...command];
    const { stdout } = await this.run(measured, { ...surroundings, called: command[0] ?? "" });
    return parseSample(stdout);
  }

  #taskUntil(signal: AbortSignal | undefined): Task {
    if (!signal) return this.task;
    return { ...this.task, signal: AbortSignal.any([this.task.signal, signal]) };
  }

  #surroundings({ plainCgroup = false, asRoot = false }: Surroundings): string[] {
    const path = process.env["PATH"] ?? "/usr/bin:/bin";
    // charliecloud 0.31 wants a name.
    const environment = ["env", "-i", `PATH=${path}`, `HOME=${this.folder}`, "USER=bench"];
    if (!isRoot() || asRoot) return environment;
    const user = ["--reuid", String(USER_ID), "--regid", String(USER_ID), "--clear-groups"];
    const become = ["setpriv", ...user, ...environment];
    if (!plainCgroup) return become;
    return ["unshare", "-m", "sh", "-c", PLAIN_CGROUP, "sh", ...become];
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
