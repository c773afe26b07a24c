/** Finding the programs of other packages. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FatalError } from "./error.ts";

/** The absolute path of a program in $PATH; one with a "/" is where it says. */
export function findProgram(name: string): string | undefined {
  if (name.includes("/")) return isProgram(name) ? name : undefined;
  const folders = (process.env["PATH"] ?? "/usr/bin:/bin").split(delimiter);
  return folders.map((folder) => join(folder || ".", name)).find(isProgram);
}

/** The same, but absence is an error that names the package that brings it. */
export function requireProgram(name: string, packageName: string): string {
  const found = findProgram(name);
  if (found) return found;
  throw new FatalError(`cannot find the program "${name}" in $PATH`, {
    hint: `install the package ${packageName}`,
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
