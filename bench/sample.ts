/** What measure.c prints of one start. */
import { FatalError } from "../lib/base/error.ts";

const MILLISECOND = 1e6;
const MIB_IN_KIB = 1024;

export interface Sample {
  /** Milliseconds from the start to the end of the last copy. */
  readonly wall: number;
  /** Milliseconds of user and system time. */
  readonly cpu: number;
  /** MiB of the largest process. */
  readonly rss: number;
  /** Milliseconds until what it had left behind has ended, too. */
  readonly rest: number;
}

/** What measure prints: nanoseconds of wall, user and system time, KiB, nanoseconds. */
export function parseSample(line: string): Sample {
  const numbers = line.trim().split(" ").map(Number);
  const [wall = 0, user = 0, system = 0, rss = 0, rest = 0] = numbers;
  if (numbers.length !== 5 || numbers.some(Number.isNaN)) {
    throw new FatalError(`cannot read what measure printed: "${line}"`);
  }
  return {
    wall: wall / MILLISECOND,
    cpu: (user + system) / MILLISECOND,
    rss: rss / MIB_IN_KIB,
    rest: rest / MILLISECOND,
  };
}
