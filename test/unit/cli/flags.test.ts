import { test } from "uvu";
import * as assert from "uvu/assert";
import { meowFlags, readFlags } from "../../../lib/cli/flags.ts";
import type { Option } from "../../../lib/cli/options.ts";

const OPTIONS: readonly Option[] = [
  { name: "in-fmt", argument: "FORMAT", text: "" },
  { name: "verbose", repeatable: true, text: "" },
  { name: "xattrs", negatable: true, text: "" },
  { name: "no-clobber", text: "" },
];

const LINES: readonly (readonly string[])[] = [
  [],
  ["--verbose"],
  ["--verbose", "--verbose"],
  ["--in-fmt=tar", "--verbose", "--in-fmt=dir"],
  ["--xattrs"],
  ["--no-xattrs", "--xattrs", "--verbose"],
  ["--no-clobber", "--in-fmt=tar"],
];

for (const words of LINES) {
  test(`readFlags() understands what meow understands by "${words.join(" ")}"`, async () => {
    assert.equal(await readFlags(words, OPTIONS), plain(await meowFlags(words, OPTIONS)));
  });
}

const VALUES = ["-x", "--", "a=b", "'quoted'", `"''"`, '"', '""', "a\nb", "1.50", "true", "\u00fc"];

for (const value of VALUES) {
  test(`meow leaves the value ${JSON.stringify(value)} alone`, async () => {
    const words = ["--no-xattrs", `--in-fmt=${value}`];
    assert.equal((await readFlags(words, OPTIONS))["inFmt"], [value]);
  });
}

/** Without what makes meow's result unlike other objects. */
function plain(flags: object): object {
  return { ...flags };
}

test.run();
