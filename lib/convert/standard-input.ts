/**
 * An image on standard input. Formats are told by content, and archives are read more than once:
 * what comes through a pipe is kept in a file for as long as it is used.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isatty } from "node:tty";
import { failure, usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";

const STANDARD_INPUT = "-";

/** Do something with the path of what `input` means. */
export function withInput<T>(
  input: string,
  place: { readonly temporary: string; readonly task: Task },
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (input !== STANDARD_INPUT) return use(input);
  if (isatty(0)) {
    throw usageError("cannot read an image from a terminal", 'for a file called "-" say "./-"');
  }
  return withTemporary(place.temporary, async (folder) => {
    // It is called so in messages, and gives an image no name.
    const path = join(folder, STANDARD_INPUT);
    await keep(path, place.task);
    return use(path);
  });
}

async function keep(path: string, { signal }: Task): Promise<void> {
  try {
    await pipeline(process.stdin, createWriteStream(path), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw failure("write", path, error);
  }
}
