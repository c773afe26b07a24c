/** Whether an image in a registry may be used: what the rules want of it, and what there is. */
import { FatalError } from "../../base/error.ts";
import type { Repository } from "../registry/manifest-source.ts";
import type { TrustRule } from "./rules.ts";
import { fetchSignatures, type Signature } from "./signatures.ts";

/**
 * Throws unless one of the rules is met by a signature of one of the manifests: the index that a
 * name stands for, or the image that was chosen from it.
 */
export async function requireTrust(
  repository: Repository,
  digests: readonly string[],
  rules: readonly TrustRule[],
): Promise<void> {
  if (rules.length === 0 || rules.some(({ way }) => way.kind === "accept")) return;
  const faults: string[] = [];
  for (const digest of new Set(digests)) {
    const signatures = await signaturesOf(repository, digest, rules);
    for (const rule of rules) {
      if (await isMet(rule, signatures, digest, faults)) return;
    }
  }
  throw refusal(repository.name, rules, [...new Set(faults)]);
}

/** They are of no use to rules that reject. */
async function signaturesOf(
  repository: Repository,
  digest: string,
  rules: readonly TrustRule[],
): Promise<readonly Signature[]> {
  if (rules.every(({ way }) => way.kind === "reject")) return [];
  return fetchSignatures(repository, digest);
}

async function isMet(
  { way }: TrustRule,
  signatures: readonly Signature[],
  digest: string,
  faults: string[],
): Promise<boolean> {
  if (way.kind !== "key" && way.kind !== "certificate") return way.kind === "accept";
  // The libraries behind it take their time to load.
  const { SignatureVerifier } = await import("./verify.ts");
  const verifier = SignatureVerifier.make(way);
  for (const signature of signatures) {
    try {
      verifier.verify(signature, digest);
      return true;
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return false;
}

function refusal(name: string, rules: readonly TrustRule[], faults: readonly string[]): FatalError {
  const places = rules.map(({ place }) => place).join(", ");
  const rejected = rules.every(({ way }) => way.kind === "reject");
  if (rejected) return new FatalError(`cannot use "${name}": it is rejected by ${places}`);
  const found =
    faults.length > 0 ? `no signature of it is right: ${faults[0]}` : "it is not signed";
  return new FatalError(`cannot trust "${name}": ${found}`, {
    hint: `a signature is wanted by ${places}`,
  });
}
