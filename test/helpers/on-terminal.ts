/** A user at a real terminal. */
import * as assert from "uvu/assert";
import { runLimited } from "./ch-run.ts";
import { helper } from "./native-helper.ts";
import type { Outcome } from "./program.ts";

/** What a user does on a terminal: wait for the text, then type the keys, by turns. */
export type Act = readonly [string, string];

/** Run a command on a terminal of its own. */
export function onTerminal(acts: readonly Act[], command: readonly string[]): Outcome {
  return runLimited(helper("on-terminal"), [...acts.flat(), "--", ...command], {});
}

/** A user at a shell that starts ch-run. `acts` follow; in the end the user leaves. */
export function inShell(line: string, acts: readonly Act[]): string {
  const typed: readonly Act[] = [["$ ", `${line}\\n`], ...acts, ["$ ", "exit\\n"]];
  const { status, stdout } = onTerminal(typed, ["env", "PS1=$ ", "ENV=", "TERM=dumb", "sh", "-i"]);
  assert.is(status, 0, stdout);
  return stdout.replaceAll("\r", "");
}
