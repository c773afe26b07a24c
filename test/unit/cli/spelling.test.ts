import { test } from "uvu";
import * as assert from "uvu/assert";
import { editDistance, nearest } from "../../../lib/cli/spelling.ts";

const DISTANCES: readonly (readonly [string, string, number])[] = [
  ["", "", 0],
  ["abc", "abc", 0],
  ["abc", "", 3],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["in-fmt", "in-fnt", 1],
  ["ab", "ba", 2],
];

for (const [a, b, distance] of DISTANCES) {
  test(`editDistance() from "${a}" to "${b}" is ${distance}`, () => {
    assert.is(editDistance(a, b), distance);
  });
}

test("nearest() finds a word two edits away", () => {
  assert.is(nearest("--dry-rum", ["--in-fmt", "--dry-run"]), "--dry-run");
});

test("nearest() finds nothing farther away", () => {
  assert.is(nearest("--bogus", ["--in-fmt", "--dry-run"]), undefined);
});

test.run();
