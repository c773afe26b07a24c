import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseSample } from "../../bench/sample.ts";

const expected = { wall: 2.5, cpu: 1.5, rss: 2, rest: 0.75 };

test("parseSample() turns nanoseconds and KiB into milliseconds and MiB", () => {
  assert.equal(parseSample("2500000 1000000 500000 2048 750000\n"), expected);
});

for (const line of ["", "1 2 3 4", "1 2 x 4 5", "1 2 3 4 5 6"]) {
  test(`parseSample() refuses "${line}"`, () => {
    assert.throws(() => parseSample(line), `cannot read what measure printed: "${line}"`);
  });
}

test.run();
