import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseChallenge } from "../../../../lib/oci/registry/challenge.ts";

const CHALLENGES: readonly (readonly [header: string, scheme: string, parameters: object])[] = [
  ['Basic realm="a b"', "basic", { realm: "a b" }],
  ["Basic", "basic", {}],
  [
    'Bearer realm="https://a/t?x=y",service="s",scope="repository:a/b:pull,push"',
    "bearer",
    { realm: "https://a/t?x=y", service: "s", scope: "repository:a/b:pull,push" },
  ],
  ['bearer Realm=x , service = "y"', "bearer", { realm: "x", service: "y" }],
  ['Basic realm="a, Bearer b", Bearer realm="c"', "bearer", { realm: "c" }],
  ['Negotiate, Basic realm="a\\"b"', "basic", { realm: 'a"b' }],
];

for (const [header, scheme, parameters] of CHALLENGES) {
  test(`parseChallenge() reads ${header}`, () => {
    assert.equal(parseChallenge(header), { scheme, parameters });
  });
}

test("parseChallenge() knows of nothing else", () => {
  for (const header of [undefined, "", "Negotiate", 'Digest realm="x"', '=,=;"', "\u0000"]) {
    assert.is(parseChallenge(header), undefined);
  }
});

test.run();
