/** Trying again: after twice as long each time, or when the registry says. */
import { setTimeout as sleep } from "node:timers/promises";
import { causeText } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { PATIENT, type Patience } from "./patience.ts";
import { HttpError, isSilence, isTransient } from "./problem.ts";

const FIRST_DELAY_MS = 200;

/** Counts tries of one thing, and waits between them. */
export class Retries {
  readonly #task: Task;
  readonly #patience: Patience;
  #failures = 0;

  constructor(task: Task, patience: Patience = PATIENT) {
    this.#task = task;
    this.#patience = patience;
  }

  /** Something went well: what comes is a new story. */
  reset(): void {
    this.#failures = 0;
  }

  /** Wait for the next try; throws the error if there is to be none. */
  async wait(error: unknown): Promise<void> {
    this.#task.signal.throwIfAborted();
    this.#failures++;
    const delay = delayAfter(this.#failures, error);
    const { longestDelayMs } = this.#patience;
    const tries = this.#patience[isSilence(error) ? "silentTries" : "tries"];
    if (!isTransient(error) || this.#failures >= tries || delay > longestDelayMs) throw error;
    const seconds = (delay / 1000).toFixed(1);
    this.#task.log.info(`trying again in ${seconds} s: ${causeText(error)}`);
    await sleep(delay, undefined, { signal: this.#task.signal });
  }
}

/** A little of it is chance, so that many who failed together do not come back together. */
function delayAfter(failures: number, error: unknown): number {
  const asked = error instanceof HttpError ? error.retryAfterMs : undefined;
  return asked ?? FIRST_DELAY_MS * 2 ** (failures - 1) * (1 + Math.random() / 2);
}

/** Do something until it succeeds, or fails in a way that will not change. */
export async function retrying<T>(
  { task, patience }: { readonly task: Task; readonly patience?: Patience | undefined },
  attempt: () => Promise<T>,
): Promise<T> {
  const retries = new Retries(task, patience);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await retries.wait(error);
    }
  }
}
