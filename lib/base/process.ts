/**
 * The only place that starts programs. Each runs in a process group of its own, so that a Ctrl-C
 * reaches us alone and we decide; on abort the whole group is killed, and only when it is gone does
 * the call end: what it was writing can then be removed.
 *
 * SIGKILL of ourselves cannot be answered, so the kernel is asked to end the program with us, where
 * setpriv(1) can ask it; Node.js cannot.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { failure } from "./error.ts";
import { findProgram } from "./search.ts";
import type { Task } from "./task.ts";

const LAST_LINES = 500;

export interface Program {
  /** Absolute path, or a name to be found in $PATH. */
  readonly file: string;
  readonly args: readonly string[];
  /** Descriptor to be its standard input; nothing to read without it. */
  readonly stdin?: number | undefined;
  /** Text to be its standard input, where there is no descriptor. */
  readonly input?: string;
  /** Variables besides those that we have. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with its process id as soon as it runs. */
  readonly onStart?: (pid: number) => void;
}

export interface Finished {
  /** Exit status; 128+N for death by signal N. */
  readonly status: number;
  readonly stdout: string;
  /** The last lines of standard error, oldest first. */
  readonly errors: readonly string[];
}

/** Run a program to its end. Throws if it cannot be started, and on abort. */
export async function runProgram(program: Program, task: Task): Promise<Finished> {
  task.signal.throwIfAborted();
  task.log.debug(`running: ${[program.file, ...program.args].join(" ")}`);
  const child = start(program);
  const kill = (): void => killGroup(child);
  task.signal.addEventListener("abort", kill);
  try {
    const finished = await finish(child, program);
    task.signal.throwIfAborted();
    for (const line of finished.errors) task.log.debug(`${program.file}: ${line}`);
    return finished;
  } finally {
    task.signal.removeEventListener("abort", kill);
  }
}

/** Start a program that outlives us: a session of its own, standard streams closed by `stdio`. */
export function startDaemon(
  file: string,
  args: readonly string[],
  stdio: SpawnOptions["stdio"] & {},
): ChildProcess {
  return spawn(file, args, { detached: true, stdio, cwd: "/" });
}

/** Kill a program and all it started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

function start(program: Program): ChildProcess {
  // Of a program that is not there, spawn() tells better than setpriv(1).
  const prefix = findProgram(program.file) ? endWithUs() : [];
  const [file = program.file, ...args] = [...prefix, program.file, ...program.args];
  const child = spawn(file, args, {
    detached: true,
    stdio: [program.stdin ?? (program.input === undefined ? "ignore" : "pipe"), "pipe", "pipe"],
    // What these programs print is parsed and passed on: keep it in one language.
    env: { ...process.env, ...program.env, LC_ALL: "C" },
  });
  if (child.pid !== undefined) program.onStart?.(child.pid);
  // A program that does not read to the end knows why.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(program.input);
  return child;
}

async function finish(child: ChildProcess, program: Program): Promise<Finished> {
  const [status, stdout, errors] = await Promise.all([
    exitStatus(child, program.file),
    readAll(child.stdout),
    readTail(child.stderr),
  ]);
  return { status, stdout, errors };
}

function exitStatus(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(failure("run", file, error)));
    child.on("close", (status, signal) =>
      resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}

async function readAll(stream: Readable | null): Promise<string> {
  let text = "";
  if (stream) for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

async function readTail(stream: Readable | null): Promise<string[]> {
  const lines: string[] = [];
  if (!stream) return lines;
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() !== "") lines.push(line.trim());
    if (lines.length > LAST_LINES) lines.shift();
  }
  return lines;
}

let ender: readonly string[] | undefined;

/** The words before a command line that make the kernel kill the program when we die. */
function endWithUs(): readonly string[] {
  const words = ["setpriv", "--pdeathsig", "KILL"];
  ender ??= spawnSync("setpriv", [...words.slice(1), "true"]).status === 0 ? words : [];
  return ender;
}
