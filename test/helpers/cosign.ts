/**
 * Signatures of images as cosign makes them: by a key, or by a certificate whose use a log vouches
 * for; as payloads with annotations, or as Sigstore bundles.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { makeCertificate } from "./certificate.ts";
import { type Repository, TYPES } from "./registry-content.ts";

const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const STATEMENT_TYPE = "application/vnd.in-toto+json";

export const IDENTITY = "https://example.org/builds/main";
export const ISSUER = "https://login.example.org";

/** Who signs: a key, perhaps with a certificate for it and a log that has seen it used. */
export interface Signer {
  readonly key: KeyObject;
  /** PEM. */
  readonly certificate?: string;
  readonly log?: KeyObject;
}

/** A new key; its public half is written into a file. */
export function makeSigner(publicFile: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(publicFile, publicKey.export({ type: "spki", format: "pem" }));
  return { key: privateKey };
}

/** One with a certificate. The authority that signed it, and the log, are what `rootFile` trusts. */
export function makeCertifiedSigner(rootFile: string): Signer {
  const { certificateFile, authorityFile, keyFile } = makeCertificate(`URI:${IDENTITY}`, [
    ...["-addext", "keyUsage=critical,digitalSignature"],
    ...["-addext", "extendedKeyUsage=codeSigning"],
    ...["-addext", `1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:${ISSUER}`],
  ]);
  const log = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const authority = new X509Certificate(readFileSync(authorityFile));
  writeFileSync(rootFile, JSON.stringify(trustedRoot(authority, log.publicKey)));
  const certificate = readFileSync(certificateFile, "utf8");
  return { key: createPrivateKey(readFileSync(keyFile)), certificate, log: log.privateKey };
}

function trustedRoot(authority: X509Certificate, log: KeyObject): unknown {
  const validFor = { start: "2020-01-01T00:00:00Z" };
  const certificates = [{ rawBytes: authority.raw.toString("base64") }];
  const keyDetails = "PKIX_ECDSA_P256_SHA_256";
  const publicKey = { rawBytes: spki(log).toString("base64"), keyDetails, validFor };
  const logId = { keyId: logIdOf(log).toString("base64") };
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [{ baseUrl: "https://log", hashAlgorithm: "SHA2_256", publicKey, logId }],
    certificateAuthorities: [{ uri: "", certChain: { certificates }, validFor }],
    ctlogs: [],
    timestampAuthorities: [],
  };
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function logIdOf(log: KeyObject): Buffer {
  return createHash("sha256").update(spki(log)).digest();
}

/** Sign as cosign did before version 3; `signed` is what the signature itself says. */
export async function signWithPayload(
  repository: Repository,
  digest: string,
  signer: Signer,
  signed = digest,
): Promise<void> {
  const type = "cosign container image signature";
  const critical = { identity: {}, image: { "docker-manifest-digest": signed }, type };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign("sha256", payload, signer.key).toString("base64");
  const blob = await repository.putBlob(payload, PAYLOAD_TYPE);
  const annotations = {
    "dev.cosignproject.cosign/signature": signature,
    ...(signer.certificate ? { "dev.sigstore.cosign/certificate": signer.certificate } : {}),
    ...(signer.log ? { "dev.sigstore.cosign/bundle": promise(payload, signature, signer) } : {}),
  };
  const config = await repository.putBlob(Buffer.from("{}"), TYPES.config);
  const layers = [{ ...blob, annotations }];
  const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers };
  await repository.putManifest(manifest, TYPES.manifest, `${digest.replace(":", "-")}.sig`);
}

/** What the log Rekor answers. */
function promise(payload: Buffer, signature: string, { certificate = "", log }: Signer): string {
  if (!log) throw new Error("no log");
  const value = createHash("sha256").update(payload).digest("hex");
  const publicKey = { content: Buffer.from(certificate).toString("base64") };
  const spec = {
    data: { hash: { algorithm: "sha256", value } },
    signature: { content: signature, publicKey },
  };
  const entry = { apiVersion: "0.0.1", kind: "hashedrekord", spec };
  const body = Buffer.from(JSON.stringify(entry)).toString("base64");
  const integratedTime = Math.floor(Date.now() / 1000);
  const logID = logIdOf(createPublicKey(log)).toString("hex");
  // Canonical: in the order of the names.
  const Payload = { body, integratedTime, logID, logIndex: 7 };
  const signed = sign("sha256", Buffer.from(JSON.stringify(Payload)), log).toString("base64");
  return JSON.stringify({ SignedEntryTimestamp: signed, Payload });
}

/** Sign as cosign does since version 3, with a statement of this kind. */
export async function signWithBundle(
  repository: Repository,
  digest: string,
  { key }: Signer,
  predicateType = "https://sigstore.dev/cosign/sign/v1",
): Promise<void> {
  const subject = [{ digest: { sha256: digest.replace("sha256:", "") } }];
  const statement = { _type: "https://in-toto.io/Statement/v1", subject, predicateType };
  const payload = Buffer.from(JSON.stringify({ ...statement, predicate: {} }));
  // DSSE's pre-authentication encoding.
  const head = `DSSEv1 ${STATEMENT_TYPE.length} ${STATEMENT_TYPE} ${payload.length} `;
  const sig = sign("sha256", Buffer.concat([Buffer.from(head), payload]), key).toString("base64");
  const dsseEnvelope = {
    payload: payload.toString("base64"),
    payloadType: STATEMENT_TYPE,
    signatures: [{ sig }],
  };
  const verificationMaterial = { publicKey: { hint: "test" } };
  const bundle = { mediaType: BUNDLE_TYPE, verificationMaterial, dsseEnvelope };
  await putReferrer(repository, digest, Buffer.from(JSON.stringify(bundle)));
}

async function putReferrer(repository: Repository, digest: string, bytes: Buffer): Promise<void> {
  const config = await repository.putBlob(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
  const layers = [await repository.putBlob(bytes, BUNDLE_TYPE)];
  const artifact = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers };
  const stored = await repository.putManifest(artifact, TYPES.manifest);
  const index = { schemaVersion: 2, mediaType: TYPES.index, manifests: [stored] };
  await repository.putManifest(index, TYPES.index, digest.replace(":", "-"));
}
