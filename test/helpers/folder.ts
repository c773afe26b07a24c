/** A folder of its own for each test, gone afterwards whatever the test did to it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";

/** Run a test with an empty folder. */
export async function withFolder(test: (folder: string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(process.env["CH_TEST_TMP"] ?? "/var/tmp", "ch-test."));
  try {
    await test(folder);
  } finally {
    // Folders without permissions are part of some tests.
    execFileSync("chmod", ["-R", "u+rwX", folder]);
    execFileSync("rm", ["-rf", folder]);
  }
}
