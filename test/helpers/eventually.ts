/** Waiting for what other processes do. */
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 20_000;

/** Wait until `claim` holds; that it never does is an error of the test: `what` says which. */
export async function eventually(what: string, claim: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(5)) {
    if (claim()) return;
  }
  throw new Error(`not in ${PATIENCE_MS} ms: ${what}`);
}
