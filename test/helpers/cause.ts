/** Making ch-run fail for a cause of the test's choice, and looking at what it says. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runLimited } from "./ch-run.ts";
import { helper } from "./native-helper.ts";
import { ownFolder } from "./own-folder.ts";
import { installed, messages, runAny } from "./program.ts";
import { assertRefused } from "./refusal.ts";
import { testIf } from "./test-if.ts";

export interface Case {
  /** A shell script with the power to mount, in namespaces of its own; $1 is an empty folder. */
  readonly prepare?: string;
  /** What deny-syscall is to refuse, and how. */
  readonly deny?: readonly [string, string];
  readonly args: readonly string[];
  readonly status: number;
  /** Parts of the message and of the hint, which may be null: none. */
  readonly error: string;
  readonly hint: string | null;
}

/** What it is, the script, what is refused; message and hint. */
export type CauseRow = readonly [string, Case["prepare"], Case["deny"], string, string | null];

/** The filter that refuses must not be taken for the cause. */
export const HIDE_FILTER = ': >"$1/status" && mount --bind "$1/status" /proc/$$/status || exit 98';

/** Whether a case may have a script. */
export const canPrepare = runAny("unshare", ["-Urm", "true"]).status === 0;

/** Whether a case may refuse system calls. */
export const canDeny = process.env["CH_TEST_SECCOMP"] === "yes";

/** A script that makes /proc/sys/FOLDER a folder with one file in it. */
export function sysctl(folder: string, name: string, value: string): string {
  const path = `/proc/sys/${folder}`;
  return `mount -t tmpfs none ${path} && echo ${value} >${path}/${name} || exit 98`;
}

/** A test that the cause is named. */
export function testCause(row: CauseRow, args: readonly string[], status: number): void {
  const [what, prepare, deny, error, hint] = row;
  const possible = (!prepare || canPrepare) && (!deny || canDeny);
  testIf(possible, "no user namespaces, or no filters")(`${what} is named`, () =>
    assertCause({
      ...(prepare && { prepare }),
      ...(deny && { deny }),
      args,
      status,
      error,
      hint,
    }),
  );
}

/** Check what ch-run says. */
export function assertCause({ prepare, deny, args, status, error, hint }: Case): void {
  const run = [installed("ch-run"), ...args];
  const [file = "", ...words] = prepared(
    prepare,
    deny ? [helper("deny-syscall"), ...deny, "--", ...run] : run,
  );
  const outcome = runLimited(file, words, {});
  assertRefused(outcome, status, new RegExp(`^error: .*: ${literal(error)}`));
  const [, found] = messages(outcome.stderr);
  if (hint === null) assert.is(found, undefined);
  else assert.match(found ?? "", new RegExp(`^hint: ${literal(hint)}`));
}

function prepared(prepare: string | undefined, command: readonly string[]): readonly string[] {
  if (prepare === undefined) return command;
  const folder = mkdtempSync(join(ownFolder(), "case-"));
  const script = `${prepare}\nshift\nexec "$@"`;
  return ["unshare", "-Urm", "sh", "-c", script, "sh", folder, ...command];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
