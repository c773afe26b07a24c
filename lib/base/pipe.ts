/**
 * A pipe between a native call and a program. Node.js has no pipe(2), and the sockets that it
 * connects programs with cannot be written by C code that expects to block; a FIFO without a name
 * is the same thing.
 */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { FatalError } from "./error.ts";
import { runProgram } from "./process.ts";
import type { Task } from "./task.ts";

export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** Make a pipe, using a name in `directory` for a moment. The caller closes both ends. */
export async function openPipe(directory: string, task: Task): Promise<Pipe> {
  const path = join(directory, "pipe");
  const { status, errors } = await runProgram({ file: "mkfifo", args: [path] }, task);
  if (status !== 0) throw new FatalError(`cannot make a pipe: ${errors.at(-1) ?? "mkfifo failed"}`);
  // Opened for both directions a FIFO never waits for its other end.
  const both = openSync(path, "r+");
  try {
    return { readEnd: openSync(path, "r"), writeEnd: openSync(path, "w") };
  } finally {
    closeSync(both);
    unlinkSync(path);
  }
}
