import { test } from "uvu";
import * as assert from "uvu/assert";
import { connectionError, isTransient, retryAfter } from "../../../../lib/oci/registry/problem.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const TIMES: readonly (readonly [header: string | undefined, expected: number | undefined])[] = [
  ["3", 3000],
  ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
  ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
  ["soon", undefined],
  [undefined, undefined],
];

for (const [header, expected] of TIMES) {
  test(`retryAfter() reads ${header} as ${expected}`, () => {
    assert.is(retryAfter(header, NOW), expected);
  });
}

function coded(code: string): Error {
  return Object.assign(new Error("x"), { code });
}

test("isTransient() holds for connections that fail, not for certificates and others", () => {
  assert.ok(isTransient(coded("ECONNRESET")));
  assert.ok(isTransient(new AggregateError([coded("ECONNREFUSED")])));
  assert.not.ok(isTransient(coded("CERT_HAS_EXPIRED")) || isTransient(new Error("x")));
});

test("connectionError() names the host, and the way out where it is a certificate", () => {
  const url = new URL("https://a.example:5000/v2/");
  const { message, hint } = connectionError(coded("SELF_SIGNED_CERT_IN_CHAIN"), url);
  assert.is(message, 'cannot connect to "a.example:5000": x');
  assert.match(hint ?? "", /--tls-ca=FILE/);
  assert.is(connectionError(coded("ECONNRESET"), url).hint, undefined);
});

test.run();
