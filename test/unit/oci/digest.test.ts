import { test } from "uvu";
import * as assert from "uvu/assert";
import { isDigest, parseDigest } from "../../../lib/oci/digest.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test("isDigest() wants a known kind, its length, and lower case", () => {
  assert.ok(isDigest(DIGEST) && isDigest(`sha512:${"a".repeat(128)}`));
  const others = [
    DIGEST.slice(0, -1),
    `md5:${"a".repeat(32)}`,
    DIGEST.toUpperCase(),
    "",
    "sha256:",
  ];
  assert.equal(others.filter(isDigest), []);
  assert.not.ok(isDigest(`constructor:${"a".repeat(64)}`));
});

test("parseDigest() takes it apart, and refuses what is none", () => {
  assert.is(parseDigest(DIGEST).algorithm, "sha256");
  assert.throws(() => parseDigest("sha256:../../x"), /not a SHA-2 digest/);
});

test.run();
