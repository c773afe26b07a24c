/** Running ch-image as it is installed, with storage and home of the test's own. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Launched, launchAny, runLimited } from "./ch-run.ts";
import { installed, type Outcome } from "./program.ts";

function environment(folder: string): Record<string, string> {
  return {
    CH_IMAGE_STORAGE: join(folder, "storage"),
    HOME: join(folder, "home"),
    TMPDIR: folder,
  };
}

/** Run ch-image to its end, with storage in `folder`. */
export function chImage(folder: string, ...args: readonly string[]): Outcome {
  return runLimited(installed("ch-image"), args, { env: environment(folder) });
}

/** The same, with more variables. */
export function chImageWith(
  folder: string,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Outcome {
  return runLimited(installed("ch-image"), args, { env: { ...environment(folder), ...variables } });
}

/** Write the user's configuration file. */
export function configure(folder: string, ...lines: readonly string[]): void {
  const place = join(folder, "home/.config/charliecloud");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "charliecloud.conf"), lines.map((line) => `${line}\n`).join(""));
}

/** Start ch-image: for when what it speaks to is in the test's process. */
export function startImage(folder: string, ...args: readonly string[]): Launched {
  return launchAny(installed("ch-image"), args, { env: environment(folder) });
}

/** Start ch-convert with that storage. */
export function startConvert(folder: string, ...args: readonly string[]): Launched {
  return launchAny(installed("ch-convert"), args, { env: environment(folder) });
}

/** Run ch-run with that storage. */
export function runStored(folder: string, ...args: readonly string[]): Outcome {
  return runLimited(installed("ch-run"), args, { env: environment(folder) });
}

/** Start ch-run with that storage. */
export function startStored(folder: string, ...args: readonly string[]): Launched {
  return launchAny(installed("ch-run"), args, { env: environment(folder) });
}

/** Folders for so many layers and a configuration; without overlayfs one holds it all. */
export function folders(folder: string, count: number): number {
  return isFlat(folder) ? 1 : count + 1;
}

/** Whether images are kept as a tree each, because overlayfs does not work here. */
export function isFlat(folder: string): boolean {
  return readFileSync(join(folder, "storage/form"), "utf8").startsWith("flat");
}
