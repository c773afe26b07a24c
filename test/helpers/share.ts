/** Launches that share the server of a SquashFS image, or do not. */
import * as assert from "uvu/assert";
import { chRun, type Launched, launchAny } from "./ch-run.ts";
import { eventually } from "./eventually.ts";
import { nameOf, processesWith } from "./processes.ts";
import { installed, type Outcome } from "./program.ts";
import { assertDone } from "./refusal.ts";

const JOINED = /joined the server of pid (\d+)\n/;

/** A launch whose command waits, in an image that is served for it. */
export interface Holder extends Launched {
  /** The process that serves it. */
  readonly server: number;
}

export interface Way {
  readonly options?: readonly string[];
  /** Words that run the words of ch-run. */
  readonly words?: readonly string[];
  /** A ch-run; default: the installed one. */
  readonly program?: string;
}

/** Start a launch that lasts, and wait until its command runs. */
export async function hold(image: string, way: Way = {}): Promise<Holder> {
  const { options = [], words = [], program = installed("ch-run") } = way;
  const before = new Set(servers(image));
  const command = [...options, image, "--", "sh", "-c", "echo go; exec sleep 60"];
  const [file = "", ...args] = [...words, program, ...command];
  const launched = launchAny(file, args);
  await eventually("the command runs", () => launched.output().includes("go\n"));
  const server = servers(image).find((pid) => !before.has(pid));
  return { ...launched, server: server ?? joinedServer(launched.output()) };
}

/** End the command of such a launch. */
export async function release({ child, ended }: Holder): Promise<void> {
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

/** All servers of an image. */
export function servers(image: string): number[] {
  return processesWith(image)
    .map(({ pid }) => pid)
    .filter((pid) => nameOf(pid) === "ch-run-squashfs");
}

/** The server that a launch with -v has joined, or 0. */
export function joinedServer(text: string): number {
  return Number(JOINED.exec(text)?.[1] ?? 0);
}

/** Run ch-run -v with such options; `joined` is the server, or 0 if it has had one of its own. */
export function runAndTell(image: string, ...options: readonly string[]): Outcome & Told {
  const outcome = chRun(["-v", ...options, image, "--", "cat", "/etc/os-release"]);
  return { ...told(outcome), ...outcome };
}

interface Told {
  readonly joined: number;
}

/** That a launch has read its image, and whose server it was. */
export function told(outcome: Outcome): Told {
  assert.match(assertDone({ ...outcome, stderr: "" }), "VARIANT_ID=charliecloud");
  assert.not.match(outcome.stderr, "error");
  return { joined: joinedServer(outcome.stderr) };
}
