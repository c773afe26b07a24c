/**
 * Running ch-run as it is installed: in an environment of its own, which holds $PATH and what the
 * test adds, and with a limit of time, so that what hangs fails.
 */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { noteMessages } from "./kernel.ts";
import { ownFolder } from "./own-folder.ts";
import { installed, type Outcome } from "./program.ts";

const LIMIT_MS = 60_000;

export interface Settings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is on standard input; default: nothing. */
  readonly input?: string;
}

export interface Launched {
  readonly child: ChildProcess;
  /** What it has written to standard output and error until now. */
  readonly output: () => string;
  /** Fulfilled when it has ended and its output is closed. */
  readonly ended: Promise<Outcome>;
}

/** Run ch-run to its end. */
export function chRun(args: readonly string[], settings: Settings = {}): Outcome {
  return runLimited(installed("ch-run"), args, settings);
}

/** Run a shell script to its end; "$@" is `args`. Its $0 is ch-run. */
export function shell(script: string, args: readonly string[], settings: Settings = {}): Outcome {
  return runLimited("sh", ["-c", script, installed("ch-run"), ...args], settings);
}

/** Run any program to its end. */
export function runLimited(file: string, args: readonly string[], settings: Settings): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    cwd: settings.cwd,
    env: environment(settings),
    input: settings.input ?? "",
    encoding: "utf8",
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  if (error) throw error;
  noteMessages(stderr);
  return { status, signal, stdout, stderr };
}

/** Start ch-run, in a process group of its own. */
export function launch(args: readonly string[], settings: Settings = {}): Launched {
  return launchAny(installed("ch-run"), args, settings);
}

/** Start any program, in a process group of its own. */
export function launchAny(
  file: string,
  args: readonly string[],
  settings: Settings = {},
): Launched {
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  const { cwd } = settings;
  const child = spawn(file, args, { cwd, env: environment(settings), stdio, detached: true });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = new Promise<Outcome>((resolve, reject) => {
    const limit = setTimeout(() => giveUp(child, reject), LIMIT_MS);
    limit.unref();
    child.once("error", reject);
    child.once("close", (status, signal) => {
      clearTimeout(limit);
      noteMessages(stderr());
      resolve({ status, signal, stdout: stdout(), stderr: stderr() });
    });
  });
  // A test that has failed already waits for nobody.
  ended.catch(() => undefined);
  return { child, output: () => stdout() + stderr(), ended };
}

function giveUp(child: ChildProcess, reject: (reason: Error) => void): void {
  child.kill("SIGKILL");
  reject(new Error(`${child.spawnargs.join(" ")}: no end after ${LIMIT_MS} ms`));
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (data: Buffer) => {
    text += data.toString();
  });
  return () => text;
}

function environment({ env }: Settings): Record<string, string> {
  // Without SquashFS support images are unpacked into storage: that is not to be the user's.
  return { PATH: process.env["PATH"] ?? "", CH_IMAGE_STORAGE: `${ownFolder()}/storage`, ...env };
}
