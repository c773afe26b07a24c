/** What a program of ours must do when it cannot do what it is asked. */
import * as assert from "uvu/assert";
import { messages, type Outcome } from "./program.ts";

/** Check: nothing on standard output, one line of error, at most one of hint, and the status. */
export function assertRefused(outcome: Outcome, status: number, error: string | RegExp): void {
  const [line = "", ...hints] = messages(outcome.stderr);
  if (typeof error === "string") assert.is(line, `error: ${error}`);
  else assert.match(line, error);
  assert.match(line, /^error: [^\n]+[^.\n]$/);
  assert.ok(hints.length <= 1 && hints.every((hint) => hint.startsWith("hint: ")), outcome.stderr);
  assert.equal([outcome.status, outcome.stdout], [status, ""]);
}

/** Check: all went well and nothing was complained of. Returns the output. */
export function assertDone(outcome: Outcome): string {
  assert.equal([outcome.status, outcome.stderr], [0, ""]);
  return outcome.stdout;
}
