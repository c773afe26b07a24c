import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FatalError } from "../../../lib/base/error.ts";
import { type Arguments, parseArguments, spellOut } from "../../../lib/cli/arguments.ts";
import type { Option } from "../../../lib/cli/options.ts";

const OPTIONS: readonly Option[] = [
  { name: "in-fmt", short: "i", argument: "FORMAT", text: "" },
  { name: "dry-run", short: "n", text: "" },
  { name: "verbose", short: "v", repeatable: true, text: "" },
  { name: "xattrs", negatable: true, text: "" },
  { name: "no-clobber", text: "" },
];

interface SpellingCase {
  readonly argv: string;
  readonly words?: readonly string[];
  readonly operands?: readonly string[];
}

const SPELLINGS: readonly SpellingCase[] = [
  { argv: "a b", operands: ["a", "b"] },
  { argv: "-n a", words: ["--dry-run"], operands: ["a"] },
  { argv: "a -n b", words: ["--dry-run"], operands: ["a", "b"] },
  { argv: "-vvn", words: ["--verbose", "--verbose", "--dry-run"] },
  { argv: "-i tar", words: ["--in-fmt=tar"] },
  { argv: "-itar", words: ["--in-fmt=tar"] },
  { argv: "-nitar", words: ["--dry-run", "--in-fmt=tar"] },
  { argv: "-vi tar x", words: ["--verbose", "--in-fmt=tar"], operands: ["x"] },
  { argv: "--in-fmt tar", words: ["--in-fmt=tar"] },
  { argv: "--in-fmt=tar=x", words: ["--in-fmt=tar=x"] },
  { argv: "--in-fmt --dry-run", words: ["--in-fmt=--dry-run"] },
  { argv: "--no-xattrs --no-clobber", words: ["--no-xattrs", "--no-clobber"] },
  { argv: "a -- -n --x", operands: ["a", "-n", "--x"] },
  { argv: "- 001", operands: ["-", "001"] },
];

for (const { argv, words = [], operands = [] } of SPELLINGS) {
  test(`spellOut() understands "${argv}"`, () => {
    assert.equal(spellOut(argv.split(" "), OPTIONS), { words, operands });
  });
}

const MISTAKES: readonly (readonly [string, string, string?])[] = [
  ["--bogus", 'unknown option "--bogus"'],
  ["--dry-rum", 'unknown option "--dry-rum"', "did you mean --dry-run?"],
  ["--inFmt=tar", 'unknown option "--inFmt"', "did you mean --in-fmt?"],
  ["-z", 'unknown option "-z"'],
  ["-nz", 'unknown option "-z"'],
  ["-n=3", 'unknown option "-="'],
  ["--no-dry-run", 'unknown option "--no-dry-run"'],
  ["--no-in-fmt", 'unknown option "--no-in-fmt"'],
  ["--xattrs.a=3", 'unknown option "--xattrs.a"', "did you mean --xattrs?"],
  ["--in-fmt", "option --in-fmt needs an argument"],
  ["--in-fmt=", "option --in-fmt needs an argument"],
  ["-i", "option --in-fmt needs an argument"],
  ["--dry-run=yes", "option --dry-run takes no argument"],
  ["--no-xattrs=yes", "option --no-xattrs takes no argument"],
];

for (const [argv, message, hint] of MISTAKES) {
  test(`spellOut() refuses "${argv}"`, () => {
    assert.throws(
      () => spellOut([argv], OPTIONS),
      (error: FatalError) => error.message === message && error.hint === hint && error.status === 2,
    );
  });
}

function parse(...argv: string[]): Promise<Arguments> {
  return parseArguments(spellOut(argv, OPTIONS), OPTIONS);
}

test("parseArguments() gives operands and values", async () => {
  const args = await parse("0x10", "-i", "a b", "1e3");
  assert.equal(args.operands, ["0x10", "1e3"]);
  assert.is(args.value("in-fmt"), "a b");
});

const VALUES = [
  "-x",
  "--",
  "a=b",
  "'quoted'",
  '"quoted"',
  `"''"`,
  '"',
  '""',
  "a\nb",
  "1.50",
  "true",
  "ü",
];

for (const value of VALUES) {
  test(`parseArguments() leaves the value ${JSON.stringify(value)} alone`, async () => {
    assert.is((await parse(`--in-fmt=${value}`)).value("in-fmt"), value);
  });
}

test("parseArguments() takes the last of several values", async () => {
  assert.is((await parse("-i", "tar", "-i", "dir")).value("in-fmt"), "dir");
});

test("parseArguments() counts switches", async () => {
  assert.is((await parse("-vv", "--verbose")).count("verbose"), 3);
  assert.is((await parse()).count("verbose"), 0);
});

test("parseArguments() knows an option whose name begins with no-", async () => {
  assert.is((await parse("--no-clobber")).count("no-clobber"), 1);
  assert.is((await parse()).count("no-clobber"), 0);
});

test("parseArguments() tells on, off and not given", async () => {
  assert.is((await parse()).isOn("xattrs", true), true);
  assert.is((await parse()).isOn("xattrs", false), false);
  assert.is((await parse("--no-xattrs")).isOn("xattrs", true), false);
  assert.is((await parse("--no-xattrs", "--xattrs")).isOn("xattrs", false), true);
});

test("Arguments refuses to be asked for an option that is not in the table", async () => {
  const args = await parse();
  assert.throws(() => args.value("in-fnt"), /no option --in-fnt/);
});

test.run();
