/** Making digests, and holding content against them. */
import { createHash, type Hash } from "node:crypto";
import { FatalError } from "../base/error.ts";
import { parseDigest } from "./digest.ts";

/** The digest that we give to content of our own. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Throws unless the bytes are those that the digest names. */
export function verifyDigest(bytes: Uint8Array, expected: string, what: string): void {
  const { algorithm } = parseDigest(expected);
  const found = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
  if (found !== expected) throw mismatch(what, expected, found);
}

/** Sums up content piece by piece, to be held against its digest and size in the end. */
export class Verifier {
  readonly #expected: string;
  readonly #hash: Hash;
  readonly #size: number;
  #seen = 0;

  constructor(expected: string, size: number) {
    this.#expected = expected;
    this.#size = size;
    this.#hash = createHash(parseDigest(expected).algorithm);
  }

  /** Bytes so far. */
  get seen(): number {
    return this.#seen;
  }

  /** Throws as soon as there is more than there may be. */
  update(chunk: Uint8Array): void {
    this.#seen += chunk.length;
    if (this.#seen > this.#size) {
      throw new FatalError(
        `cannot use blob "${this.#expected}": it is longer than ${this.#size} bytes`,
      );
    }
    this.#hash.update(chunk);
  }

  /** Throws unless it was all, and the right thing. */
  finish(): void {
    if (this.#seen < this.#size) {
      throw new FatalError(
        `cannot use blob "${this.#expected}": ${this.#seen} bytes instead of ${this.#size}`,
      );
    }
    const found = `${parseDigest(this.#expected).algorithm}:${this.#hash.digest("hex")}`;
    if (found !== this.#expected) throw mismatch("blob", this.#expected, found);
  }
}

function mismatch(what: string, expected: string, found: string): FatalError {
  return new FatalError(`cannot use ${what} "${expected}": its digest is "${found}"`, {
    hint: "it was damaged on its way or where it is kept; nothing of it is used",
  });
}
