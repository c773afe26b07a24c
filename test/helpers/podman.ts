/** Podman, with its images in a folder of the test's own; what it keeps needs no privilege. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasProgram } from "./layout.ts";
import { ownFolder } from "./own-folder.ts";
import { type Outcome, runAny } from "./program.ts";

/** What leads podman and buildah there. */
export function podmanEnvironment(folder: string): Record<string, string> {
  const conf = join(folder, "storage.conf");
  const lines = ["[storage]", 'driver = "vfs"', `graphroot = "${folder}/graph"`];
  const options = ["[storage.options]", 'ignore_chown_errors = "true"'];
  writeFileSync(conf, [...lines, `runroot = "${folder}/run"`, ...options, ""].join("\n"));
  return { CONTAINERS_STORAGE_CONF: conf, XDG_RUNTIME_DIR: folder, HOME: folder };
}

/** Run podman in that folder. It warns of much on standard error. */
export function podman(folder: string, ...args: readonly string[]): Outcome {
  return runAny("podman", args, { env: podmanEnvironment(folder), cwd: folder });
}

export const HAS_PODMAN = hasProgram("podman") && podman(ownFolder(), "images").status === 0;
export const NO_PODMAN = "no podman that works here";
