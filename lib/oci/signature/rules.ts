/**
 * Whose signature an image needs before anything of it is used: lines of the configuration files,
 *
 *     ch-image.trust = SCOPE accept
 *     ch-image.trust = SCOPE reject
 *     ch-image.trust = SCOPE key=FILE
 *     ch-image.trust = SCOPE root=FILE issuer=URL identity=PATTERN
 *
 * SCOPE is a registry, a path in it, or "*". The longest one that an image lies in counts, with all
 * its lines: one that is met is enough. Of lines that the site has fixed, no others are looked at.
 */
import { FatalError } from "../../base/error.ts";
import type { ScopedLine } from "../scope.ts";

/** A line as it is written. */
export interface RuleLine extends Omit<ScopedLine, "scope"> {
  readonly value: string;
}

/** Nobody asks for a signature, or none helps. */
export interface Verdict {
  readonly kind: "accept" | "reject";
}

/** A signature by a public key, PEM. */
export interface ByKey {
  readonly kind: "key";
  readonly file: string;
}

/** By whoever has a certificate of an authority in a Sigstore trusted root. */
export interface ByCertificate {
  readonly kind: "certificate";
  readonly root: string;
  readonly issuer: string;
  readonly identity: string;
}

export type Way = Verdict | ByKey | ByCertificate;

export interface TrustRule extends ScopedLine {
  readonly way: Way;
}

/** Read a line; throws if it cannot be meant. */
export function parseRule({ value, place, fixed }: RuleLine): TrustRule {
  const [scope = "", ...words] = value.trim().split(/\s+/);
  const way = parseWay(words);
  if (way) return { scope: scope.replace(/\/+$/, ""), way, place, fixed };
  throw new FatalError(`${place}: "ch-image.trust = ${value}": no rule`, {
    hint: `write SCOPE and "accept", "reject", "key=FILE", or "root=FILE issuer=URL identity=PATTERN"`,
  });
}

function parseWay(words: readonly string[]): Way | undefined {
  const [first] = words;
  if (words.length === 1 && (first === "accept" || first === "reject")) return { kind: first };
  const values = new Map(words.map((word) => splitOnce(word)));
  const names = [...values.keys()].sort().join(" ");
  const file = values.get("key") ?? values.get("root") ?? "";
  if (values.size !== words.length || !file.startsWith("/")) return undefined;
  if (names === "key") return { kind: "key", file };
  const [issuer, identity] = [values.get("issuer"), values.get("identity")];
  if (names !== "identity issuer root" || !issuer || !identity) return undefined;
  return { kind: "certificate", root: file, issuer, identity };
}

function splitOnce(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}
