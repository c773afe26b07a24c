/** For tests that root runs: programs as an ordinary user. */
import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { runLimited } from "./ch-run.ts";
import { withFolder } from "./folder.ts";
import { installed, type Outcome } from "./program.ts";

export const USER = 12345;

/** The words of a command that runs as that user, without any group or capability. */
export function userWords(...command: readonly string[]): string[] {
  const ids = ["--reuid", String(USER), "--regid", String(USER), "--clear-groups"];
  return ["setpriv", ...ids, ...command];
}

/** Run such a command to its end. */
export function asUser(...command: readonly string[]): Outcome {
  const [file = "", ...args] = userWords(...command);
  return runLimited(file, args, {});
}

/** A test with a copy of the staged ch-run, in a folder that everybody may enter. */
export function withCopy(test: (path: string) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const bin = join(folder, "prefix/bin");
    const stage = dirname(installed("ch-run"));
    const library = relative(
      stage,
      process.env["CH_STAGE_LIB"] ?? join(stage, "../lib/charliecloud"),
    );
    mkdirSync(bin, { recursive: true });
    copyFileSync(installed("ch-run"), join(bin, "ch-run"));
    if (existsSync(join(stage, library))) {
      cpSync(join(stage, library), join(bin, library), { recursive: true });
    }
    runLimited("chmod", ["-R", "go=u,go-w", folder], {});
    await test(join(bin, "ch-run"));
  });
}
