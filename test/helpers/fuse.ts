/** Whether this host lets us mount with FUSE. */
import { accessSync, constants, readFileSync } from "node:fs";
import { installed, runAny } from "./program.ts";

/** Why ch-mount must unpack here, or undefined if it can mount. */
export function noFuse(): string | undefined {
  if (runAny(installed("ch-run"), ["--feature=squash"]).status !== 0) return "no SquashFS support";
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
  } catch {
    return "/dev/fuse cannot be opened";
  }
  if (process.geteuid?.() === 0) return undefined;
  if (runAny("id", ["-un"]).status !== 0) return "fusermount3 refuses users without a name";
  if (/^NoNewPrivs:\s*1$/m.test(readFileSync("/proc/self/status", "utf8"))) {
    return "fusermount3 gains no privileges here: no_new_privs is set";
  }
  const script = 'f=$(command -v fusermount3) && test -u "$f"';
  return runAny("sh", ["-c", script]).status === 0 ? undefined : "no fusermount3 with setuid bit";
}
