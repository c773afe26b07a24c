import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPattern, matchesName } from "../../../lib/store/pattern.ts";

const NAME = "reg.example:5000/a/b:1.2";
const CASES: readonly (readonly [pattern: string, isMatch: boolean])[] = [
  ["*", true],
  ["reg.*", true],
  ["reg?example*", true],
  ["regx*", false],
  ["*/b:*", true],
  ["*:1.[0-9]", true],
  ["*:1.[!0-9]", false],
  ["*:1?[]2]", false],
  ["a/*", false],
  ["reg.example:5000/a/b:1.2", true],
  ["reg.example:5000/a/b", false],
  ["*[", false],
];

for (const [pattern, isMatch] of CASES) {
  test(`matchesName() of ${pattern} ${isMatch ? "holds" : "does not hold"}`, () => {
    assert.is(matchesName(NAME, pattern), isMatch);
  });
}

test("matchesName() takes a name as references are meant", () => {
  assert.ok(matchesName("alpine:latest", "docker.io/library/alpine"));
  assert.not.ok(isPattern("alpine:latest"));
});

test.run();
