import type { Log } from "./log.ts";

/** What a running command hands down: how to speak, and when to stop. */
export interface Task {
  readonly log: Log;
  /** Aborted when the program is told to end; whoever works then stops, cleans up and throws. */
  readonly signal: AbortSignal;
}

/** The same task, but it cannot be told to end: what was begun is undone. */
export function untilDone({ log }: Task): Task {
  return { log, signal: new AbortController().signal };
}

/** Do something whose parts end when it ends, also if it fails while some of them are at work. */
export async function withParts<T>(
  { log, signal }: Task,
  work: (parts: Task) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  try {
    return await work({ log, signal: AbortSignal.any([signal, end.signal]) });
  } finally {
    end.abort();
  }
}
