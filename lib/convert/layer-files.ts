/**
 * The layers of an image as files: those that storage has are where they are, others are fetched
 * into a temporary folder, side by side. Whoever wants one waits for it; those that come later are
 * fetched meanwhile.
 */
import { join } from "node:path";
import { Places } from "../base/limit.ts";
import type { Meter } from "../base/progress.ts";
import { type Task, withParts } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import { parseDigest } from "../oci/digest.ts";
import type { Image, Layer } from "../oci/image.ts";
import { type Lender, withLender } from "../store/lending.ts";
import type { Storage } from "../store/storage.ts";

/** Layers to fetch at the same time. */
const JOBS = 4;

export interface Place {
  readonly temporary: string;
  /** Where layers may be already. */
  readonly storage?: Storage;
  /** How many to fetch at the same time. */
  readonly jobs?: number;
  readonly task: Task;
}

/** Do something with the layers while they arrive; afterwards those that were fetched are gone. */
export function withLayerFiles<T>(
  image: Image,
  { storage, ...place }: Place,
  work: (files: LayerFiles, parts: Task) => Promise<T>,
): Promise<T> {
  if (!storage) return withFiles(image, place, work);
  return withLender(storage, place.task, (lend) => withFiles(image, { ...place, lend }, work));
}

function withFiles<T>(
  image: Image,
  { temporary, lend, jobs = JOBS, task }: Omit<Place, "storage"> & Pick<Fetching, "lend">,
  work: (files: LayerFiles, parts: Task) => Promise<T>,
): Promise<T> {
  return withTemporary(temporary, async (folder) => {
    let files: LayerFiles | undefined;
    try {
      return await withParts(task, async (parts) => {
        files = await LayerFiles.start(image, { folder, jobs, lend, task: parts });
        return work(files, parts);
      });
    } finally {
      // Whoever still fetches was told to end, and must not do so in a folder that is gone.
      await files?.settled();
    }
  });
}

export interface Fetching {
  /** Where the files are made. */
  readonly folder: string;
  /** How many at the same time. */
  readonly jobs: number;
  /** Of those that it knows, nothing is fetched. */
  readonly lend?: Lender | undefined;
  readonly task: Task;
}

export class LayerFiles {
  readonly image: Image;
  /** The oldest first. */
  readonly layers: readonly Layer[];
  readonly folder: string;
  readonly #meter: Meter;
  readonly #arrivals = new Map<string, Promise<string>>();
  #done = 0;

  private constructor(image: Image, layers: readonly Layer[], fetching: Fetching) {
    const { folder, jobs, task } = fetching;
    this.image = image;
    this.layers = layers;
    this.folder = folder;
    this.#meter = task.log.meter(image.name, this.size);
    const places = new Places(jobs);
    for (const layer of layers) {
      const { digest } = layer.descriptor;
      if (this.#arrivals.has(digest)) continue;
      const arrival = places.run(() => this.#provide(layer, fetching));
      // Whoever waits for it hears of a failure; after another's failure nobody does.
      arrival.catch(() => undefined);
      this.#arrivals.set(digest, arrival);
    }
  }

  /** Begin to fetch all layers, each once; that goes on by itself. */
  static async start(image: Image, fetching: Fetching): Promise<LayerFiles> {
    return new LayerFiles(image, await image.layers(), fetching);
  }

  /** How many bytes the layers have. */
  get size(): number {
    return this.layers.reduce((total, { descriptor }) => total + descriptor.size, 0);
  }

  /** The layer's file, when it is there. */
  async path({ descriptor }: Layer): Promise<string> {
    return (await this.#arrivals.get(descriptor.digest)) ?? "";
  }

  /** All layers are there, or will never be: nobody writes into the folder any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#arrivals.values());
    this.#meter.finish();
  }

  async #provide({ descriptor }: Layer, { lend, task }: Fetching): Promise<string> {
    const { log, signal } = task;
    signal.throwIfAborted();
    const lent = lend?.(descriptor);
    if (lent !== undefined) {
      log.info(`in storage: ${descriptor.digest}`);
      this.#count(descriptor.size);
      return lent;
    }
    const path = join(this.folder, parseDigest(descriptor.digest).hex);
    log.info(`fetching: ${descriptor.digest}`);
    await this.image.fetch(descriptor, path, (count) => this.#count(count));
    return path;
  }

  #count(bytes: number): void {
    this.#done += bytes;
    this.#meter.update(this.#done);
  }
}
