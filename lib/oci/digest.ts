/** Digests name content: `sha256:` and 64 hexadecimal digits. */
import { FatalError } from "../base/error.ts";

/** Characters of each algorithm's hexadecimal form. */
const LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

export interface Digest {
  readonly algorithm: string;
  readonly hex: string;
}

/** Whether a text is a digest that can be verified here. */
export function isDigest(text: string): boolean {
  const [, algorithm = "", hex = ""] = /^([a-z0-9]+):([0-9a-f]+)$/.exec(text) ?? [];
  return Object.hasOwn(LENGTHS, algorithm) && LENGTHS[algorithm] === hex.length;
}

/** Take a digest apart; throws if it is none, or one of an unknown kind. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new FatalError(`cannot read digest "${text}": not a SHA-2 digest`);
  const [algorithm = "", hex = ""] = text.split(":");
  return { algorithm, hex };
}
