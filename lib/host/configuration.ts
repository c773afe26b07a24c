/**
 * What the configuration files (charliecloud.conf(5)) say to front ends. ch-run reads the same files
 * (run/settings.c): a key with the name of a front end in front is no matter of its, and one without
 * is looked at here only if front ends share it.
 */
import { userInfo } from "node:os";
import { type ConfigLine, expandVariables } from "../base/config-text.ts";
import type { Environment } from "../base/environment.ts";
import { FatalError, usageError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { type ConfigFile, readConfigFiles } from "./configuration-files.ts";

type Kind = "list" | "path" | "text";

/** The keys of front ends. A path may name variables, and is absolute. */
export const CONFIGURATION_KEYS: Readonly<Record<string, Kind>> = {
  "ch-image.default-registry": "text",
  "ch-image.mirror": "list",
  "ch-image.trust": "list",
  storage: "path",
};

/** A value, and the line that it is from. */
export interface Configured {
  readonly value: string;
  /** File and line, for messages. */
  readonly place: string;
  readonly fixed: boolean;
}

export interface Choices {
  /** What the option was given. */
  readonly option?: string | undefined;
  /** The environment variable that comes before the files. */
  readonly variable?: string;
  /** What it says, where it does not say it alone. */
  readonly exported?: string | undefined;
}

/** What the files say; reads them. */
export function readConfiguration(env: Environment, log: Log): Configuration {
  return new Configuration(readConfigFiles(env, log), env, log);
}

export class Configuration {
  readonly #values = new Map<string, readonly Configured[]>();
  readonly #env: Environment;
  readonly #log: Log;

  constructor(files: readonly ConfigFile[], env: Environment, log: Log) {
    this.#env = env;
    this.#log = log;
    for (const file of files) {
      for (const line of file.lines) this.#take(line, file);
    }
  }

  /** All values of a list, those that are fixed last. */
  list(key: string): readonly Configured[] {
    const values = this.#values.get(key) ?? [];
    return [...values.filter(({ fixed }) => !fixed), ...values.filter(({ fixed }) => fixed)];
  }

  /** The value that counts: the option's, else the variable's, else that of the files. */
  choose(key: string, { option, variable = "", ...said }: Choices = {}): string | undefined {
    const configured = this.#values.get(key)?.at(-1);
    const exported = said.exported ?? (this.#env[variable] || undefined);
    if (!configured?.fixed) return option ?? exported ?? configured?.value;
    const { value, place } = configured;
    if (option !== undefined && option !== value) {
      throw usageError(`the administrator has fixed "${key} = ${value}" at ${place}`);
    }
    if (exported !== undefined && exported !== value) this.#ignore(key, `$${variable}`, place);
    return value;
  }

  #take(line: ConfigLine, { path, owner }: ConfigFile): void {
    const { key, fixed } = line;
    const place = `${path}:${line.number}`;
    if (fixed && owner === "user") {
      throw new FatalError(`${place}: "fixed" is for the files of the site`);
    }
    const kind = kindOf(line, place);
    const before = this.#values.get(key) ?? [];
    const older = before.find((value) => value.fixed);
    if (kind === undefined) return;
    if (kind === "list")
      this.#values.set(key, extended(before, { value: line.value, place, fixed }));
    else if (older && !fixed) this.#ignore(key, owner === "user" ? place : undefined, older.place);
    else this.#values.set(key, [{ value: this.#read(line, kind, place), place, fixed }]);
  }

  #read({ key, value }: ConfigLine, kind: "path" | "text", place: string): string {
    if (value === "") throw new FatalError(`${place}: "${key} =": no value`);
    if (kind === "text") return value;
    const path = expandVariables(value, (name) => {
      const found = this.#env[name] || (name === "USER" ? userName() : undefined);
      if (found) return found;
      throw new FatalError(`${place}: $${name} is not set`);
    });
    if (path.startsWith("/")) return path;
    throw new FatalError(`${place}: "${key} = ${path}": not an absolute path`);
  }

  /** What is fixed stays; a site's own later line is no news to a user. */
  #ignore(key: string, origin: string | undefined, fixed: string): void {
    if (origin === undefined) return;
    this.#log.warning(`"${key}" of ${origin} has no effect: it is fixed at ${fixed}`);
  }
}

/** As ch-run has it, also of a user whom no passwd file names. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "user";
  }
}

/** An empty value forgets those before it that are not fixed. */
function extended(before: readonly Configured[], added: Configured): readonly Configured[] {
  return added.value === "" ? before.filter(({ fixed }) => fixed) : [...before, added];
}

/** Undefined: the line is not for us. */
function kindOf({ key, ifKnown }: ConfigLine, place: string): Kind | undefined {
  if (Object.hasOwn(CONFIGURATION_KEYS, key)) return CONFIGURATION_KEYS[key];
  if (ifKnown || !/^ch-.*\./.test(key)) return undefined;
  throw new FatalError(`${place}: unknown key "${key}"`, {
    hint: `charliecloud.conf(5) has the keys; what a newer version knows is written "if-known ${key} = ..."`,
  });
}
