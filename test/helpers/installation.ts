/**
 * A copy of the installed ch-run with configuration files of its own: they are found from where the
 * program is, and those of the staged install are all tests'.
 */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runLimited, type Settings } from "./ch-run.ts";
import { withFolder } from "./folder.ts";
import { installed, type Outcome } from "./program.ts";

export interface Installation {
  readonly folder: string;
  /** Where the site's files are. */
  readonly site: string;
  readonly program: string;
  /** Write a configuration file; `name` is below `site`, unless absolute. Returns its path. */
  readonly configure: (text: string, name?: string) => string;
  readonly run: (args: readonly string[], settings?: Settings) => Outcome;
}

/** Run a test with one. */
export function withInstallation(test: (installation: Installation) => unknown): Promise<void> {
  return withFolder((folder) => {
    const staged = installed("ch-run");
    const site = join(folder, "etc/charliecloud");
    const program = join(folder, "bin/ch-run");
    mkdirSync(dirname(program));
    copyFileSync(staged, program);
    symlinkSync(join(dirname(dirname(staged)), "lib"), join(folder, "lib"));
    const configure = (text: string, name = "charliecloud.conf"): string => {
      const path = name.startsWith("/") ? name : join(site, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    };
    const run = (args: readonly string[], settings: Settings = {}): Outcome =>
      runLimited(program, args, settings);
    return test({ folder, site, program, configure, run });
  });
}
