/** ch-image check --repair. */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { LayerForm } from "../native/layers.ts";
import type { Image } from "../oci/image.ts";
import { parsePlatform } from "../oci/platform.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import type { RegistryClient } from "../oci/registry/client.ts";
import { openRegistry } from "../oci/registry/registry.ts";
import { RegistryImage } from "../oci/registry/registry-image.ts";
import type { Known } from "../store/check.ts";
import { storageForm } from "../store/form.ts";
import { listImages } from "../store/images.ts";
import type { ImageRecord } from "../store/record.ts";
import { repairImage } from "../store/repair.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { registrySettings } from "./ch-image-pull.ts";

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
    this.#storage.prepare();
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
    let client: RegistryClient | undefined;
    let origin: Image | undefined;
    const connect = async (): Promise<Image> => {
      client ??= await this.#connect(image);
      origin ??= this.#origin(image, client);
      return origin;
    };
    try {
      const [storage, known, task] = [this.#storage, this.#known, this.#task];
      await repairImage({ storage, image, form, known, connect, task });
    } finally {
      client?.close();
    }
  }

  #connect({ name, source }: ImageRecord): Promise<RegistryClient> {
    if (!/^[^/.]/.test(source)) {
      throw new FatalError(`it came from "${source}", not from a registry`);
    }
    this.#task.log.info(`fetching "${name}" from ${source}`);
    return openRegistry(parseReference(source), registrySettings(this.#args), this.#task);
  }

  /** By its digest, whatever its name stands for now: it is what was trusted then. */
  #origin({ source, digest, platform }: ImageRecord, client: RegistryClient): Image {
    const reference = parseReference(source);
    const place = { client, repository: reference.repository, name: familiarName(reference) };
    return new RegistryImage(place, digest, parsePlatform(platform), { rules: [] });
  }
}
