/** Holding a signature against a rule. The cryptography is that of the Sigstore project. */
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Bundle, bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import {
  type SignedEntity,
  type Signer,
  type TrustMaterial,
  toSignedEntity,
  toTrustMaterial,
  Verifier,
} from "@sigstore/verify";
import { FatalError, failure } from "../../base/error.ts";
import { parseDocument } from "../json.ts";
import { bundleDocument } from "./bundle.ts";
import type { ByCertificate, ByKey } from "./rules.ts";
import type { Signature } from "./signatures.ts";

type SignedBy = ByKey | ByCertificate;

/** What cosign states of an image that it signs; other statements are no signatures. */
const STATEMENT_TYPE = "application/vnd.in-toto+json";
const PREDICATE = "https://sigstore.dev/cosign/sign/v1";
const PAYLOAD = "cosign container image signature";

/** Verifies signatures by one key, or by certificates of one root. */
export class SignatureVerifier {
  readonly #way: SignedBy;
  readonly #material: TrustMaterial;

  private constructor(way: SignedBy, material: TrustMaterial) {
    this.#way = way;
    this.#material = material;
  }

  /** Throws if the rule's file cannot be used. */
  static make(way: SignedBy): SignatureVerifier {
    const file = way.kind === "key" ? way.file : way.root;
    const bytes = read(file);
    try {
      const material = way.kind === "key" ? ofKey(bytes) : ofRoot(bytes);
      return new SignatureVerifier(way, material);
    } catch (cause) {
      const wanted =
        way.kind === "key" ? "public key in PEM form" : "Sigstore trusted root in JSON";
      throw new FatalError(`cannot trust by "${file}": it is no ${wanted}`, { cause });
    }
  }

  /** Throws, in words, unless the signature is one of the manifest of that digest. */
  verify(signature: Signature, digest: string): void {
    const bundle = bundleFromJSON(bundleDocument(signature));
    this.#verifyEntity(toSignedEntity(bundle, signature.bytes));
    if (signedDigest(bundle, signature) === digest) return;
    throw new FatalError("it is a signature of something else");
  }

  #verifyEntity(entity: SignedEntity): void {
    const { tlogs, ctlogs } = this.#material;
    const certified = this.#way.kind === "certificate";
    if (certified !== (entity.key.$case === "certificate")) {
      throw new FatalError(certified ? "it has no certificate" : "it is by a certificate");
    }
    const verifier = new Verifier(this.#material, {
      tlogThreshold: certified && tlogs.length > 0 ? 1 : 0,
      ctlogThreshold: certified && ctlogs.length > 0 ? 1 : 0,
      // A certificate is good for minutes: when it signed must be known.
      timestampThreshold: certified ? 1 : 0,
    });
    // What a log says adds nothing to a key that is trusted as such.
    const bare = certified ? entity : { ...entity, tlogEntries: [], timestamps: [] };
    this.#checkSigner(verifier.verify(bare));
  }

  #checkSigner({ identity }: Signer): void {
    if (this.#way.kind !== "certificate") return;
    const { issuer, identity: pattern } = this.#way;
    const name = identity?.subjectAlternativeName ?? "";
    if (identity?.extensions?.issuer !== issuer) {
      throw new FatalError(`its signer "${name}" is vouched for by somebody else`);
    }
    if (!matches(name, pattern)) throw new FatalError(`its signer is "${name}"`);
  }
}

/** `*` stands for any characters. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+(){}[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw failure("trust by", file, error);
  }
}

function ofKey(bytes: Buffer): TrustMaterial {
  const publicKey = createPublicKey(bytes);
  const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  return { ...none, publicKey: () => ({ publicKey, validFor: () => true }) };
}

function ofRoot(bytes: Buffer): TrustMaterial {
  const root = TrustedRoot.fromJSON(JSON.parse(bytes.toString("utf8")));
  if (root.certificateAuthorities.length > 0) return toTrustMaterial(root);
  throw new Error("no certificate authority in it");
}

/** The digest that a verified signature is of. */
function signedDigest({ content }: Bundle, { isOlder, bytes }: Signature): string | undefined {
  if (isOlder) return digestInPayload(bytes);
  if (content.$case !== "dsseEnvelope") return undefined;
  const { payloadType, payload: statement } = content.dsseEnvelope;
  return payloadType === STATEMENT_TYPE ? digestInStatement(statement) : undefined;
}

/** The older kind: "simple signing" of containers-signature(5). */
function digestInPayload(payload: Buffer): string | undefined {
  const critical = parseDocument(payload, "a signature").object("critical");
  if (critical?.maybeText("type") !== PAYLOAD) return undefined;
  return critical.object("image")?.maybeText("docker-manifest-digest");
}

/** The newer kind: an in-toto statement. */
function digestInStatement(statement: Uint8Array): string | undefined {
  const fields = parseDocument(statement, "a signature");
  if (fields.maybeText("predicateType") !== PREDICATE) return undefined;
  const [subject] = fields.objects("subject") ?? [];
  const hex = subject?.object("digest")?.maybeText("sha256");
  return hex && `sha256:${hex}`;
}
