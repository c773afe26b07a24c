/** Watching a program that does not say how far it is, by what the kernel counts for it. */
import { readFileSync } from "node:fs";
import { type Finished, type Program, runProgram } from "../base/process.ts";
import type { Meter } from "../base/progress.ts";
import type { Task } from "../base/task.ts";

const SAMPLE_MS = 200;

export interface MeteredProgram extends Program {
  readonly label: string;
  /** The bytes it will read, where known. */
  readonly total?: number | undefined;
}

/** Run a program with a progress line of the bytes it reads. */
export async function runMetered(program: MeteredProgram, task: Task): Promise<Finished> {
  const meter = task.log.meter(program.label, program.total);
  let timer: NodeJS.Timeout | undefined;
  const onStart = (pid: number): void => {
    timer = setInterval(() => sample(pid, meter), SAMPLE_MS);
  };
  try {
    return await runProgram({ ...program, onStart }, task);
  } finally {
    clearInterval(timer);
    meter.finish();
  }
}

function sample(pid: number, meter: Meter): void {
  const done = bytesRead(pid);
  if (done !== undefined) meter.update(done);
}

function bytesRead(pid: number): number | undefined {
  try {
    const match = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"));
    return match ? Number(match[1]) : undefined;
  } catch {
    // It has just ended.
    return undefined;
  }
}
