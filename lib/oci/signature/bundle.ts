/** A signature as cosign leaves it, as a Sigstore bundle: one form for both kinds. */
import { createHash } from "node:crypto";
import { parseDocument } from "../json.ts";
import type { Signature } from "./signatures.ts";

const ANNOTATION = "dev.sigstore.cosign/";
const SIGNATURE = "dev.cosignproject.cosign/signature";

/** The JSON document of a bundle; throws if the signature cannot be read. */
export function bundleDocument({ isOlder, bytes, annotations }: Signature): unknown {
  return isOlder ? bundleOf(annotations, bytes) : JSON.parse(bytes.toString("utf8"));
}

/** The bundle that says what the annotations of an older signature say. */
function bundleOf(annotations: Readonly<Record<string, string>>, payload: Buffer): unknown {
  const certificates = [`${ANNOTATION}certificate`, `${ANNOTATION}chain`].flatMap((name) =>
    derOfPem(annotations[name] ?? ""),
  );
  const chain = certificates.map((rawBytes) => ({ rawBytes }));
  const signer =
    chain.length > 0
      ? { x509CertificateChain: { certificates: chain } }
      : { publicKey: { hint: "key" } };
  const digest = createHash("sha256").update(payload).digest("base64");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...signer,
      tlogEntries: logEntries(annotations[`${ANNOTATION}bundle`]),
      timestampVerificationData: timestamps(annotations[`${ANNOTATION}rfc3161timestamp`]),
    },
    messageSignature: {
      messageDigest: { algorithm: "SHA2_256", digest },
      signature: annotations[SIGNATURE] ?? "",
    },
  };
}

/** What the transparency log Rekor has promised. */
function logEntries(text: string | undefined): unknown[] {
  if (text === undefined) return [];
  const promise = parseDocument(Buffer.from(text), "an entry of a transparency log");
  const payload = promise.object("Payload");
  const canonicalizedBody = payload?.text("body") ?? "";
  const entry = parseDocument(Buffer.from(canonicalizedBody, "base64"), "an entry of a log");
  return [
    {
      logIndex: String(payload?.count("logIndex")),
      logId: { keyId: Buffer.from(payload?.text("logID") ?? "", "hex").toString("base64") },
      kindVersion: { kind: entry.text("kind"), version: entry.text("apiVersion") },
      integratedTime: String(payload?.count("integratedTime")),
      inclusionPromise: { signedEntryTimestamp: promise.text("SignedEntryTimestamp") },
      canonicalizedBody,
    },
  ];
}

function timestamps(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const fields = parseDocument(Buffer.from(text), "a timestamp");
  return { rfc3161Timestamps: [{ signedTimestamp: fields.text("SignedRFC3161Timestamp") }] };
}

/** The certificates in a PEM file, in base64. */
function derOfPem(pem: string): string[] {
  const pattern = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;
  return [...pem.matchAll(pattern)].map(([, body = ""]) => body.replace(/\s+/g, ""));
}
