/** Running our programs as they are installed: from the staged install of $CH_STAGE_BIN. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

export interface Outcome {
  /** null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The path of an installed program. */
export function installed(name: string): string {
  const folder = process.env["CH_STAGE_BIN"];
  if (!folder) throw new Error("CH_STAGE_BIN does not name the folder of the installed programs");
  return join(folder, name);
}

/** Run an installed program to its end. */
export function run(name: string, args: readonly string[], options: RunOptions = {}): Outcome {
  return runAny(installed(name), args, options);
}

/** Run any program to its end. */
export function runAny(file: string, args: readonly string[], options: RunOptions = {}): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return { status, signal, stdout, stderr };
}

/** Run any program; that it fails is an error of the test. Returns its output. */
export function must(file: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = runAny(file, args);
  if (status !== 0) throw new Error(`${[file, ...args].join(" ")}: status ${status}\n${stderr}`);
  return stdout;
}

/** Run an installed program; that it fails is an error of the test. Returns its output. */
export function succeed(name: string, ...args: readonly string[]): string {
  return must(installed(name), ...args);
}

/** Start an installed program and let it run. */
export function start(name: string, args: readonly string[]): ChildProcess {
  return spawn(installed(name), args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** How a started program has ended. */
export function end(child: ChildProcess): Promise<Pick<Outcome, "status" | "signal">> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status, signal) => resolve({ status, signal }));
  });
}

/** The lines of a program's messages, without "NAME[PID]: ". */
export function messages(stderr: string): string[] {
  const lines = stderr.split("\n").filter(Boolean);
  return lines.map((line) => line.replace(/^ch-[\w-]+\[\d+\]: /, ""));
}
