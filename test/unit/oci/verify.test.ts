import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { digestOf, Verifier, verifyDigest } from "../../../lib/oci/verify.ts";

const HELLO = Buffer.from("hello");
const DIGEST = digestOf(HELLO);

test("digestOf() is what sha256sum says", () => {
  assert.is(DIGEST, "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
});

test("verifyDigest() accepts the right bytes only, by the kind that is asked for", () => {
  const sha512 = `sha512:${createHash("sha512").update(HELLO).digest("hex")}`;
  verifyDigest(HELLO, DIGEST, "manifest");
  verifyDigest(HELLO, sha512, "manifest");
  assert.throws(() => verifyDigest(Buffer.from("hellO"), DIGEST, "manifest"), /its digest is/);
});

test("Verifier accepts the right bytes in pieces", () => {
  const verifier = new Verifier(DIGEST, 5);
  verifier.update(HELLO.subarray(0, 2));
  verifier.update(HELLO.subarray(2));
  verifier.finish();
  assert.is(verifier.seen, 5);
});

test("Verifier refuses what is too long as soon as it is", () => {
  assert.throws(() => new Verifier(DIGEST, 4).update(HELLO), /longer than 4 bytes/);
});

test("Verifier refuses what is too short, and what is other", () => {
  const short = new Verifier(DIGEST, 5);
  short.update(HELLO.subarray(1));
  assert.throws(() => short.finish(), /4 bytes instead of 5/);
  const other = new Verifier(DIGEST, 5);
  other.update(Buffer.from("hellO"));
  assert.throws(() => other.finish(), /its digest is/);
});

test.run();
