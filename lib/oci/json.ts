/**
 * Reading JSON that others have written: each value is checked once, here, and typed from there on.
 * `null` counts as absent, as the Go programs that write most of these documents mean it.
 */
import { FatalError } from "../base/error.ts";

/** The fields of an object in a document that is called `what` in messages. */
export class Fields {
  readonly what: string;
  readonly #object: Readonly<Record<string, unknown>>;

  constructor(value: unknown, what: string) {
    if (!isObject(value)) throw new FatalError(`cannot read ${what}: not a JSON object`);
    this.what = what;
    this.#object = value;
  }

  has(name: string): boolean {
    return (this.#object[name] ?? undefined) !== undefined;
  }

  isNull(name: string): boolean {
    return this.#object[name] === null;
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.#refuse(name, "is missing");
  }

  maybeText(name: string): string | undefined {
    const value = this.#object[name] ?? undefined;
    if (value === undefined || typeof value === "string") return value;
    return this.#refuse(name, "is no string");
  }

  isTrue(name: string): boolean {
    return this.#object[name] === true;
  }

  /** A number of bytes or things. */
  count(name: string): number {
    const value = this.#object[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    return this.#refuse(name, "is no count");
  }

  texts(name: string): readonly string[] | undefined {
    return this.#list(name)?.map((value) =>
      typeof value === "string" ? value : this.#refuse(name, "holds what is no string"),
    );
  }

  objects(name: string): readonly Fields[] | undefined {
    return this.#list(name)?.map((value) => new Fields(value, this.what));
  }

  object(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.#object[name], this.what) : undefined;
  }

  /** An object whose values are all strings, such as labels. */
  textMap(name: string): Readonly<Record<string, string>> | undefined {
    const value = this.#object[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!isObject(value)) return this.#refuse(name, "is no object");
    const wrong = Object.values(value).some((item) => typeof item !== "string");
    return wrong
      ? this.#refuse(name, "holds what is no string")
      : (value as Record<string, string>);
  }

  #list(name: string): readonly unknown[] | undefined {
    const value = this.#object[name] ?? undefined;
    if (value === undefined || Array.isArray(value)) return value;
    return this.#refuse(name, "is no list");
  }

  #refuse(name: string, fault: string): never {
    throw new FatalError(`cannot read ${this.what}: "${name}" ${fault}`);
  }
}

/** The document in these bytes. */
export function parseDocument(bytes: Uint8Array, what: string): Fields {
  return new Fields(parseJson(Buffer.from(bytes).toString("utf8"), what), what);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FatalError(`cannot read ${what}: not JSON`, { cause });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
