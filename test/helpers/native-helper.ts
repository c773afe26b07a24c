/** Programs of the tests that are written in C, in the build directory. */
import { join } from "node:path";

/** The path of one. */
export function helper(name: string): string {
  const folder = process.env["CH_BUILD_DIR"];
  if (!folder) throw new Error("CH_BUILD_DIR does not name the build directory");
  return join(folder, name);
}
