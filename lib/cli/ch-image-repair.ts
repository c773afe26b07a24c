/** ch-image check --repair. */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { LayerForm } from "../native/layers.ts";
import type { Image } from "../oci/image.ts";
import { parsePlatform } from "../oci/platform.ts";
import { parseReference } from "../oci/reference.ts";
import { RegistryImage } from "../oci/registry/registry-image.ts";
import { Sources } from "../oci/registry/sources.ts";
import type { Known } from "../store/check.ts";
import { storageForm } from "../store/form.ts";
import { listImages } from "../store/images.ts";
import { type ImageRecord, isFromRegistry } from "../store/record.ts";
import { repairImage } from "../store/repair.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { sourcesOfPull } from "./ch-image-pull.ts";

export interface Checked {
  readonly name: string;
  readonly faults: readonly string[];
  readonly isRepaired: boolean;
}

const NO_OVERLAY = "it is in layers, and overlayfs does not work here";

export class Repairs {
  readonly #storage: Storage;
  readonly #args: Arguments;
  readonly #known: Known;
  readonly #task: Task;

  constructor(
    storage: Storage,
    args: Arguments,
    { known, task }: { readonly known: Known; readonly task: Task },
  ) {
    this.#storage = storage;
    this.#args = args;
    this.#known = known;
    this.#task = task;
  }

  /** Repair what has faults, one after the other; an image that cannot be repaired is said so. */
  async repairAll(images: readonly Checked[]): Promise<readonly Checked[]> {
    const form = await storageForm(this.#storage, this.#task);
    const results: Checked[] = [];
    for (const image of images) results.push(await this.#repairOne(image, form));
    return results;
  }

  async #repairOne(checked: Checked, form: LayerForm): Promise<Checked> {
    const image = listImages(this.#storage).find(({ name }) => name === checked.name);
    // Deleted meanwhile.
    if (!image) return checked;
    const isInLayers = form === "flat" && image.layers.length > 1;
    const faults = isInLayers ? [...checked.faults, NO_OVERLAY] : checked.faults;
    if (faults.length === 0) return checked;
    try {
      await this.#repair(image, form);
      return { ...checked, faults, isRepaired: true };
    } catch (error) {
      this.#task.signal.throwIfAborted();
      const words = error instanceof Error ? error.message : String(error);
      this.#task.log.warning(`cannot repair "${image.name}": ${words}`);
      return { ...checked, faults };
    }
  }

  async #repair(image: ImageRecord, form: LayerForm): Promise<void> {
    let sources: Sources | undefined;
    let origin: Image | undefined;
    const connect = async (): Promise<Image> => {
      sources ??= this.#connect(image);
      origin ??= this.#origin(image, sources);
      return origin;
    };
    try {
      const [storage, known, task] = [this.#storage, this.#known, this.#task];
      await repairImage({ storage, image, form, known, connect, task });
    } finally {
      sources?.close();
    }
  }

  #connect(image: ImageRecord): Sources {
    const { name, source } = image;
    if (!isFromRegistry(image)) {
      throw new FatalError(`it came from "${source}", not from a registry`);
    }
    this.#task.log.info(`fetching "${name}" from ${source}`);
    const place = sourcesOfPull(this.#args, parseReference(source), this.#task);
    return new Sources(place, this.#task);
  }

  /** By its digest, whatever its name stands for now: it is what was trusted then. */
  #origin({ digest, platform }: ImageRecord, sources: Sources): Image {
    return new RegistryImage(sources, digest, parsePlatform(platform), { rules: [] });
  }
}
