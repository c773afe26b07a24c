/** A folder for what all tests of one file look at and none changes; gone when the file ends. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

let folder: string | undefined;

/** The folder; its name is unlike any other on this host. */
export function ownFolder(): string {
  folder ??= makeFolder();
  return folder;
}

function makeFolder(): string {
  const made = mkdtempSync(join(process.env["CH_TEST_TMP"] ?? "/var/tmp", "ch-test-own."));
  chmodSync(made, 0o755);
  process.once("exit", () => {
    execFileSync("chmod", ["-R", "u+rwX", made]);
    execFileSync("rm", ["-rf", made]);
  });
  return made;
}
