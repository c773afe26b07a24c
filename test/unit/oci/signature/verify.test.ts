/** What cosign 3.1.1 has made (cosign sign --key, in its old format and its new), verified. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Signature } from "../../../../lib/oci/signature/signatures.ts";
import { SignatureVerifier } from "../../../../lib/oci/signature/verify.ts";
import { ownFolder } from "../../../helpers/own-folder.ts";

const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiH65Bt2mYqu+OJQaEXi6FyXFSYB
rEtNZdEORfN380TLMSFSGvkLD9iQjlwghQ3f2+VqwfyTNgAVXBFuN6kW7g==
-----END PUBLIC KEY-----
`;
const DIGEST = "sha256:18f44d22ded0693d0986ce63f12ea5fabf999f66a56c240712eb48bceb3dc69a";
const PAYLOAD =
  '{"critical":{"identity":{"docker-reference":"127.0.0.1:5077/a/old"},"image":{"docker-manifest-digest":"sha256:18f44d22ded0693d0986ce63f12ea5fabf999f66a56c240712eb48bceb3dc69a"},"type":"cosign container image signature"},"optional":null}';
const OLDER: Signature = {
  isOlder: true,
  bytes: Buffer.from(PAYLOAD),
  annotations: {
    "dev.cosignproject.cosign/signature":
      "MEUCIAM0PleKKtJBgvu4F/Mh090ZwXbVBDGtEIOrAFdGGe6MAiEA/ffFXiWnLTwPz8CMGcQ8FWbPOLjRSVQxPhSFarCre2w=",
  },
};
const BUNDLE = {
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  verificationMaterial: { publicKey: { hint: "PEfQqO/WbQqfpw3bQgll3lC8QMzdkTY3PHdUdtXhgMk=" } },
  dsseEnvelope: {
    payload:
      "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJkaWdl" +
      "c3QiOnsic2hhMjU2IjoiMThmNDRkMjJkZWQwNjkzZDA5ODZjZTYzZjEyZWE1ZmFiZjk5OWY2NmE1NmMy" +
      "NDA3MTJlYjQ4YmNlYjNkYzY5YSJ9LCJhbm5vdGF0aW9ucyI6e319XSwicHJlZGljYXRlVHlwZSI6Imh0" +
      "dHBzOi8vc2lnc3RvcmUuZGV2L2Nvc2lnbi9zaWduL3YxIiwicHJlZGljYXRlIjp7fX0=",
    payloadType: "application/vnd.in-toto+json",
    signatures: [
      {
        sig: "MEUCIQC2XPLNzlpRODhhNXT9EAcqiWKU0D9z+1EwomiVbl/LCgIgf8zwDINLSodB1Jz/H7zNKua3HdQ0P2j33Lm7wrcJErw=",
      },
    ],
  },
};
const NEWER: Signature = {
  isOlder: false,
  bytes: Buffer.from(JSON.stringify(BUNDLE)),
  annotations: {},
};

function verifier(): SignatureVerifier {
  const file = join(ownFolder(), "cosign.pub");
  writeFileSync(file, KEY);
  return SignatureVerifier.make({ kind: "key", file });
}

for (const [name, signature] of [
  ["older", OLDER],
  ["newer", NEWER],
] as const) {
  test(`cosign's ${name} format is understood`, () => {
    verifier().verify(signature, DIGEST);
    const other = DIGEST.replace("18f4", "18f5");
    assert.throws(() => verifier().verify(signature, other), /something else/);
  });
}

test("a payload that is not what was signed is refused", () => {
  const bytes = Buffer.from(PAYLOAD.replace("18f4", "18f5"));
  assert.throws(() => verifier().verify({ ...OLDER, bytes }, DIGEST), /verification failed/);
});

test("a statement that is not what was signed is refused", () => {
  const payload = BUNDLE.dsseEnvelope.payload.replace("eyJf", "fyJf");
  const bundle = { ...BUNDLE, dsseEnvelope: { ...BUNDLE.dsseEnvelope, payload } };
  const bytes = Buffer.from(JSON.stringify(bundle));
  assert.throws(() => verifier().verify({ ...NEWER, bytes }, DIGEST), /verification failed/);
});

test.run();
