/** Numbers that look random and are the same in every run, and how many of them a test tries. */

/** How often tests of chance are repeated; `make check-long` asks for more. */
export const rounds = Number(process.env["CH_TEST_ROUNDS"] ?? 5);

/** The same for what takes some milliseconds only. */
export const manyRounds = rounds < 50 ? rounds : 20 * rounds;

/** A source of numbers from 0 to 1 (xorshift32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Wait, also for less than a millisecond, while nothing else happens in this process. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
