/** Loads the addons, each when it is first called: half of all runs of a program need none. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { FatalError } from "../base/error.ts";
import { nativeDirectory } from "./directory.ts";

const require = createRequire(import.meta.url);

/** What the addon `name` exports, which the caller says the type of. */
export function loadAddon<T>(name: string): T {
  const path = addonPath(name);
  try {
    return require(path) as T;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new FatalError(`cannot load "${path}": ${reason}`, {
      hint: "build Charliecloud again, with the Node.js that runs it",
      cause,
    });
  }
}

export function addonPath(name: string): string {
  return join(nativeDirectory(), `${name}.node`);
}
