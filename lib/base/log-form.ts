/** What the environment says of the lines of front ends: $CH_LOG_FILE and $CH_LOG_FESTOON. */
import { openSync } from "node:fs";
import type { Environment } from "./environment.ts";
import { failure } from "./error.ts";
import type { LogForm } from "./log.ts";

/** Opens the file. */
export function logForm({ CH_LOG_FILE: path, CH_LOG_FESTOON: festoon }: Environment): LogForm {
  return { fd: path ? open(path) : undefined, isTimed: Boolean(festoon) };
}

/** A line is one write, so that those of several processes do not mix. */
function open(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    throw failure("open log", path, error);
  }
}
