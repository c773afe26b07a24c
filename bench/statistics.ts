/** What many samples say together. */
import type { Sample } from "./sample.ts";

export interface Summary {
  /** Wall time, milliseconds: the middle one, and the shortest. */
  readonly median: number;
  readonly min: number;
  /** User and system time of all processes, milliseconds, median. */
  readonly cpu: number;
  /** MiB of the largest process, median. */
  readonly rss: number;
  readonly rounds: number;
}

export function summarize(samples: readonly Sample[]): Summary {
  const walls = samples.map(({ wall }) => wall);
  return {
    median: median(walls),
    min: Math.min(...walls),
    cpu: median(samples.map(({ cpu }) => cpu)),
    rss: median(samples.map(({ rss }) => rss)),
    rounds: samples.length,
  };
}

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
