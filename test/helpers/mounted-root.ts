/** A look into a running container from outside: what its engine serves, seen by our own walker. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./ch-run.ts";
import { eventually } from "./eventually.ts";

/**
 * Run the image with these options, and have `look` look at its root directory meanwhile. It must
 * have a program "sleep", and a folder `sign` that the host has not.
 */
export async function withMountedRoot(
  args: readonly string[],
  sign: string,
  look: (root: string) => unknown,
): Promise<void> {
  const { child, ended, output } = launch([...args, "--", "sleep", "300"]);
  const root = join("/proc", String(child.pid), "root");
  try {
    await eventually(`a container: ${output()}`, () => namesIn(root).includes(sign));
    await look(root);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** While a process changes its namespaces nobody may look. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
