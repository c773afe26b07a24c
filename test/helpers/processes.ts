/** Looking at processes through /proc. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 10_000;

/** Whether a process exists and has not ended: a zombie has. */
export function isRunning(pid: number): boolean {
  const state = /^State:\s+(\w)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** The name of a process, at most 15 characters; empty if there is none. */
export function nameOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/comm`).trim();
}

export interface Process {
  readonly pid: number;
  /** Its command line, arguments separated by spaces. */
  readonly line: string;
}

/** Living processes whose command lines mention `text`, other than ourselves. */
export function processesWith(text: string): Process[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && isRunning(pid))
    .map((pid) => ({ pid, line: readOrEmpty(`/proc/${pid}/cmdline`).replaceAll("\0", " ") }))
    .filter(({ line }) => line.includes(text));
}

/** Wait until there is no such process; it is an error if there still is one after a while. */
export async function untilNobody(text: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(10)) {
    if (processesWith(text).length === 0) return;
  }
  throw new Error(`still running: ${processesWith(text).map(({ line }) => line)}`);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
