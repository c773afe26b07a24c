/**
 * Layers that come side by side, each once, while somebody waits for one after the other. Where one
 * cannot be had the image cannot be, either: whoever waits for any of them hears of it at once, and
 * those that still come are called off.
 */
import { Places } from "../base/limit.ts";
import type { Image, Layer } from "./image.ts";

export interface Bringing<T> {
  /** How many at the same time. */
  readonly jobs: number;
  readonly bring: (layer: Layer) => Promise<T>;
}

export class Arrivals<T> {
  readonly #arrivals = new Map<string, Promise<T>>();
  readonly #all: Promise<unknown>;

  /** Begin with all layers; that goes on by itself. */
  constructor(image: Image, layers: readonly Layer[], { jobs, bring }: Bringing<T>) {
    const places = new Places(jobs);
    const off = new AbortController();
    const begin = async (layer: Layer): Promise<T> => {
      off.signal.throwIfAborted();
      return bring(layer);
    };
    for (const layer of layers) {
      const { digest } = layer.descriptor;
      if (this.#arrivals.has(digest)) continue;
      this.#arrivals.set(
        digest,
        places.run(() => begin(layer)),
      );
    }
    this.#all = Promise.all(this.#arrivals.values());
    this.#all.catch(() => {
      off.abort();
      image.abandon?.();
    });
  }

  /** What has come of a layer, when it is there; throws what went wrong with the first that failed. */
  async of({ descriptor }: Layer): Promise<T> {
    const arrival = this.#arrivals.get(descriptor.digest);
    if (arrival === undefined) throw new RangeError(`no layer of the image: ${descriptor.digest}`);
    await Promise.race([this.#all, arrival]);
    return arrival;
  }

  /** All are there, or will never be. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#arrivals.values());
  }
}
