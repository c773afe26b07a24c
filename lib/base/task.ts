import type { Log } from "./log.ts";

/** What a running command hands down: how to speak, and when to stop. */
export interface Task {
  readonly log: Log;
  /** Aborted when the program is told to end; whoever works then stops, cleans up and throws. */
  readonly signal: AbortSignal;
}
