import { test } from "uvu";
import * as assert from "uvu/assert";
import { expandVariables, parseConfigText } from "../../../lib/base/config-text.ts";

/** A line, and the key and the value that it sets. */
const LINES: readonly (readonly [string, string, string])[] = [
  ["storage = /x", "storage", "/x"],
  ["  storage=/x\t\r", "storage", "/x"],
  ["storage = /x # there", "storage", "/x"],
  ["storage = /x#y", "storage", "/x#y"],
  ["storage = /x \\#y", "storage", "/x #y"],
  ["storage =", "storage", ""],
  ["a.b = c = d", "a.b", "c = d"],
  ["fixed = 1", "fixed", "1"],
  ["if-known  = 1", "if-known", "1"],
];

for (const [text, key, value] of LINES) {
  test(`parseConfigText() reads ${JSON.stringify(text)}`, () => {
    const expected = { number: 1, fixed: false, ifKnown: false, key, value };
    assert.equal(parseConfigText(text, "file"), [expected]);
  });
}

test("parseConfigText() knows words in front of a key, and counts lines", () => {
  const [line] = parseConfigText("# heading\n\nfixed if-known a = b\n", "file");
  assert.equal(line, { number: 3, fixed: true, ifKnown: true, key: "a", value: "b" });
});

for (const text of ["storage", "= x", "Storage = /x", "fixed storage /x"]) {
  test(`parseConfigText() refuses "${text}"`, () => {
    assert.throws(
      () => parseConfigText(`a = b\n${text}`, "file"),
      /^file:2: ".*" is not KEY = VAL/,
    );
  });
}

test("expandVariables() puts variables in, but not behind a backslash", () => {
  const look = (name: string): string => `<${name}>`;
  assert.is(expandVariables(`$A/\${B}c$A_1\\$D\\\\\\x`, look), "<A>/<B>c<A_1>$D\\\\x");
  assert.throws(() => expandVariables("a$/b", look), /dollar without a name/);
});

test.run();
