/**
 * The layers of an image as files: those that storage has are where they are, others are fetched,
 * side by side. Whoever wants one waits for it; those that come later are fetched meanwhile.
 */
import { truncateSync } from "node:fs";
import { join } from "node:path";
import type { Meter } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import type { ClaimPart } from "../host/kept-parts.ts";
import { Arrivals } from "../oci/arrivals.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseDigest } from "../oci/digest.ts";
import type { Image, Layer } from "../oci/image.ts";
import type { Lender } from "../store/lending.ts";

export interface Fetching {
  /** Where the files are made. */
  readonly folder: string;
  /** How many at the same time. */
  readonly jobs: number;
  /** Of those that it knows, nothing is fetched. */
  readonly lend?: Lender | undefined;
  /** Where one may go on that another process has begun. */
  readonly claim?: ClaimPart | undefined;
  /** Fetch all from their start. */
  readonly fetchAnew?: boolean;
  readonly task: Task;
}

export class LayerFiles {
  readonly image: Image;
  /** The oldest first. */
  readonly layers: readonly Layer[];
  readonly folder: string;
  readonly #meter: Meter;
  readonly #arrivals: Arrivals<string>;
  #done = 0;

  private constructor(image: Image, layers: readonly Layer[], fetching: Fetching) {
    const { folder, jobs, task } = fetching;
    this.image = image;
    this.layers = layers;
    this.folder = folder;
    this.#meter = task.log.meter(image.name, this.size);
    const bring = (layer: Layer): Promise<string> => this.#provide(layer, fetching);
    this.#arrivals = new Arrivals(image, layers, { jobs, bring });
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
  path(layer: Layer): Promise<string> {
    return this.#arrivals.of(layer);
  }

  /** All layers are there, or will never be: nobody writes into the folder any more. */
  async settled(): Promise<void> {
    await this.#arrivals.settled();
    this.#meter.finish();
  }

  async #provide({ descriptor }: Layer, fetching: Fetching): Promise<string> {
    const { log, signal } = fetching.task;
    signal.throwIfAborted();
    // Also one that is lent may have been begun, and need not be kept then.
    const path = this.#place(descriptor, fetching);
    const lent = fetching.lend?.(descriptor);
    if (lent !== undefined) {
      log.info(`in storage: ${descriptor.digest}`);
      this.#count(descriptor.size);
      return lent;
    }
    log.info(`fetching: ${descriptor.digest}`);
    await this.image.fetch(descriptor, path, (count) => this.#count(count));
    return path;
  }

  #place({ digest }: Descriptor, { claim, fetchAnew = false }: Fetching): string {
    const part = claim?.(digest);
    if (part === undefined) return join(this.folder, parseDigest(digest).hex);
    if (fetchAnew) truncateSync(part);
    return part;
  }

  #count(bytes: number): void {
    this.#done += bytes;
    this.#meter.update(this.#done);
  }
}
