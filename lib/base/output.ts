/**
 * Standard output. It is written to as a file is: to load process.stdout, which does nothing else
 * for files, pipes and terminals, takes a tenth of the time of a short command.
 */
import { writeSync } from "node:fs";
import { causeText, errorCode, FatalError, STATUS_FAILURE } from "./error.ts";

const STANDARD_OUTPUT = 1;
const PAUSE_MS = 5;

/** Write all of a text. Ends the program without a word if nobody reads any more. */
export function writeOutput(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSome(rest));
}

/** How many bytes went; none while a pipe is full that somebody else has made non-blocking. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(STANDARD_OUTPUT, bytes);
  } catch (error) {
    if (errorCode(error) === "EPIPE") process.exit(STATUS_FAILURE);
    if (errorCode(error) !== "EAGAIN") {
      throw new FatalError(`cannot write standard output: ${causeText(error)}`, { cause: error });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return 0;
  }
}
