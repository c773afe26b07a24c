/**
 * Where the addons are: beside the installed bundle, or where CH_NATIVE_DIR says (a developer's or a
 * test's build tree).
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export function nativeDirectory(): string {
  return process.env["CH_NATIVE_DIR"] ?? dirname(fileURLToPath(import.meta.url));
}
