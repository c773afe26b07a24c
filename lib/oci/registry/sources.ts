/**
 * Where an image can be had: mirrors of its registry, and the registry itself, which has the last
 * word. What a mirror cannot give, the next one is asked for; one that cannot be reached is not
 * asked again. Whatever it gives is held against a digest, but for a tag, whose meaning is what a
 * mirror is trusted with.
 *
 * A mirror is another host: the login and the leave to do without TLS that a user gives for the
 * registry are not for it. It has those that the files with logins and its own line have.
 */
import { errorCode, FatalError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { familiarName, type Reference } from "../reference.ts";
import type { RegistryClient } from "./client.ts";
import type { Repository } from "./manifest-source.ts";
import type { RegistryAddress } from "./mirrors.ts";
import { HASTY, PATIENT } from "./patience.ts";
import { isTransient } from "./problem.ts";
import { openRegistry, type RegistrySettings } from "./registry.ts";

export interface SourcesOptions {
  readonly reference: Reference;
  readonly registry: RegistrySettings;
  readonly mirrors: readonly RegistryAddress[];
}

/** Do something with what is opened only when it is asked, and closed afterwards, whatever it does. */
export async function withSources<T>(
  options: SourcesOptions,
  task: Task,
  use: (sources: Sources) => Promise<T>,
): Promise<T> {
  const sources = new Sources(options, task);
  try {
    return await use(sources);
  } finally {
    sources.close();
  }
}

export class Sources {
  /** What the image is called. */
  readonly name: string;
  readonly #mirrors: readonly Source[];
  readonly #registry: Source;
  readonly #task: Task;
  readonly #end = new AbortController();

  constructor({ reference, registry, mirrors }: SourcesOptions, { log, signal }: Task) {
    this.name = familiarName(reference);
    this.#task = { log, signal: AbortSignal.any([signal, this.#end.signal]) };
    this.#registry = new Source(reference, registry, this.#task);
    const settings = settingsOfMirrors(registry);
    this.#mirrors = mirrors.map((mirror) => new Source(mirror, settings, this.#task));
  }

  /** Do something with the first source that it can be done with. */
  async ask<T>(work: (repository: Repository) => Promise<T>): Promise<T> {
    for (const mirror of this.#mirrors) {
      if (mirror.isGone) continue;
      try {
        return await work(await mirror.open(this.name));
      } catch (error) {
        this.#task.signal.throwIfAborted();
        mirror.isGone ||= isUnreachable(error);
        const words = error instanceof Error ? error.message : String(error);
        this.#task.log.info(`going on without mirror "${mirror.host}": ${words}`);
      }
    }
    return work(await this.#registry.open(this.name));
  }

  /** Let go of what is open; what is being asked yet ends with an error. */
  close(): void {
    this.#end.abort();
    for (const source of [...this.#mirrors, this.#registry]) source.close();
  }
}

function settingsOfMirrors({ caFile, env, patience }: RegistrySettings): RegistrySettings {
  const { CH_IMAGE_USERNAME: _, CH_IMAGE_PASSWORD: __, ...others } = env;
  const strict = { plainHttp: false, verifyTls: true, authFirst: false };
  const answerMs = Math.min(HASTY.answerMs, (patience ?? PATIENT).answerMs);
  return { ...strict, caFile, env: others, patience: { ...HASTY, answerMs } };
}

class Source {
  isGone = false;
  readonly #address: RegistryAddress;
  readonly #settings: RegistrySettings;
  readonly #task: Task;
  #client: Promise<RegistryClient> | undefined;

  constructor(address: RegistryAddress, settings: RegistrySettings, task: Task) {
    this.#address = address;
    this.#settings = settings;
    this.#task = task;
  }

  get host(): string {
    return this.#address.registry;
  }

  async open(name: string): Promise<Repository> {
    this.#client ??= openRegistry(this.#address, this.#settings, this.#task);
    return { client: await this.#client, repository: this.#address.repository, name };
  }

  close(): void {
    this.#client?.then(
      (client) => client.close(),
      () => undefined,
    );
  }
}

/** Nobody is there, or nobody that can be trusted; it says no more than that it is overloaded. */
function isUnreachable(error: unknown): boolean {
  if (isTransient(error)) return true;
  return error instanceof FatalError && errorCode(error.cause) !== undefined;
}
