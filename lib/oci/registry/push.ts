/** From what is at hand to a registry: layers and configurations first, then what speaks of them. */
import { FatalError } from "../../base/error.ts";
import { Places } from "../../base/limit.ts";
import type { Descriptor } from "../descriptor.ts";
import type { PushableImage } from "../image.ts";
import { isForeign } from "../media-type.ts";
import { digestOf } from "../verify.ts";
import type { RegistryClient } from "./client.ts";
import { dump } from "./connections.ts";
import { type UploadOutcome, uploadBlob } from "./upload.ts";
import { pushScope } from "./upload-place.ts";

export interface PushOptions {
  /** Uploads at the same time. */
  readonly jobs: number;
  /** A repository of the same registry that may have a blob. */
  readonly siblingOf: (digest: string) => string | undefined;
  readonly onBytes: (count: number) => void;
}

export interface PushPlace {
  readonly client: RegistryClient;
  readonly repository: string;
}

/** A manifest in the making. */
export interface Document {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Sends to one repository; of blobs that images share, each once. */
export class Push {
  readonly #place: PushPlace;
  readonly #options: PushOptions;
  readonly #places: Places;
  readonly #blobs = new Map<string, Promise<UploadOutcome>>();

  constructor(place: PushPlace, options: PushOptions) {
    this.#place = place;
    this.#options = options;
    this.#places = new Places(options.jobs);
  }

  /** Send what an image consists of, but not its manifest. */
  async sendParts(image: PushableImage): Promise<void> {
    const { config, layers } = await image.manifest();
    const parts = [...layers.filter(isOurs), config];
    await Promise.all(parts.map((part) => this.#send(image, part)));
  }

  /** Send a manifest or an index, to be found by a tag or a digest, or both. */
  async putManifest({ mediaType, bytes }: Document, tagOrDigest?: string): Promise<Descriptor> {
    const { client, repository } = this.#place;
    const digest = digestOf(bytes);
    const answer = await client.request({
      method: "PUT",
      path: `${repository}/manifests/${tagOrDigest ?? digest}`,
      scope: pushScope(repository),
      headers: { "content-type": mediaType, "content-length": String(bytes.length) },
      body: () => bytes,
    });
    dump(answer);
    this.#requireSame(digest, answer.headers["docker-content-digest"]);
    return { mediaType, digest, size: bytes.length };
  }

  /** How many blobs have been sent, or were there, or mounted. */
  async count(outcome: UploadOutcome): Promise<number> {
    const outcomes = await Promise.all(this.#blobs.values());
    return outcomes.filter((found) => found === outcome).length;
  }

  #send(image: PushableImage, descriptor: Descriptor): Promise<UploadOutcome> {
    const { digest } = descriptor;
    const known = this.#blobs.get(digest);
    if (known) return known;
    const { client, repository } = this.#place;
    const { siblingOf, onBytes } = this.#options;
    const sending = this.#places.run(async () => {
      const open = (from: number) => image.open(descriptor, from);
      const sibling = siblingOf(digest);
      const upload = { client, repository, descriptor, open, sibling, onBytes };
      const outcome = await uploadBlob(upload);
      client.task.log.info(`${outcome}: ${digest}`);
      return outcome;
    });
    this.#blobs.set(digest, sending);
    return sending;
  }

  #requireSame(ours: string, theirs: string | string[] | undefined): void {
    if (theirs === undefined || theirs === ours) return;
    throw new FatalError(`registry "${this.#place.client.base.host}" has changed the manifest`, {
      hint: `it calls it ${theirs}, not ${ours}: nobody can verify it`,
    });
  }
}

/** A foreign layer is to be had where its owner says. */
function isOurs({ mediaType, urls = [] }: Descriptor): boolean {
  return !(isForeign(mediaType) && urls.length > 0);
}
