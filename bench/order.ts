/** Random orders that are the same in every run. */

const SEED = 0x5eed;

/** A function that returns its items in a new order at each call. */
export function shuffler(seed: number = SEED): <T>(items: readonly T[]) => T[] {
  const random = xorshift32(seed);
  return (items) => {
    const keyed = items.map((item) => ({ item, key: random() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  };
}

/** Marsaglia's generator of 32-bit numbers; the seed is not 0. */
function xorshift32(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
