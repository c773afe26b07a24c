/**
 * How much memory mksquashfs may have for the data in its queues. By itself it takes a quarter of the
 * host's, whatever a job has of that, and fills it while reading is faster than packing.
 */
import { totalmem } from "node:os";

/** Enough for many processors: with more nothing is done sooner. */
const BLOCKS = 2048;
const MEBIBYTE = 1024 * 1024;
const LEAST = 64 * MEBIBYTE;

/** As its option wants it; it refuses what is more than most of the host's. */
export function queueMemory(blockSize: number): string {
  const bytes = Math.min(Math.max(LEAST, BLOCKS * blockSize), totalmem() / 4);
  return `${Math.floor(bytes / MEBIBYTE)}M`;
}
