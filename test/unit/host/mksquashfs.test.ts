import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAbilities, squashError } from "../../../lib/host/mksquashfs.ts";

test("parseAbilities() finds the options of 4.5", () => {
  const help = "Options:\n-tar\t\tread tar\n-xattrs\tstore\n-root-mode <mode>\tset\n";
  assert.equal(parseAbilities(help), {
    tar: true,
    rootMode: true,
    xattrsInclude: false,
    actions: false,
  });
});

test("parseAbilities() finds the options of 4.6", () => {
  const help =
    "-tar read\n-root-mode <mode> set\n-xattrs-include <regex> include\n-action-file <file> as\n";
  const all = { tar: true, rootMode: true, xattrsInclude: true, actions: true };
  assert.equal(parseAbilities(help), all);
});

test("parseAbilities() takes no other option for one of those", () => {
  const help = "-tarstyle\talternative name\n-all-root\n-xattrs\n see -tar\n";
  assert.equal(parseAbilities(help), {
    tar: false,
    rootMode: false,
    xattrsInclude: false,
    actions: false,
  });
});

const ERRORS: readonly (readonly [string, string, string?])[] = [
  [
    "Write failed because No space left on device\nFATAL ERROR: Failed to write to output filesystem",
    'cannot write "o.sqfs": No space left on device',
  ],
  [
    "Could not open /img/nod\nFATAL ERROR: x",
    'cannot read "/img/nod"',
    'make it readable to you: chmod -R u+rX "/img"',
  ],
  [
    "Failed to read file /img/a b, creating empty file",
    'cannot read "/img/a b"',
    'make it readable to you: chmod -R u+rX "/img"',
  ],
  ["FATAL ERROR: the moon is full", 'cannot write "o.sqfs": the moon is full'],
  ["", 'cannot write "o.sqfs": mksquashfs failed'],
];

for (const [said, message, hint] of ERRORS) {
  test(`squashError() makes of ${JSON.stringify(said)}: ${message}`, () => {
    const error = squashError(said.split("\n").filter(Boolean), "/img", "o.sqfs");
    assert.equal([error.message, error.hint], [message, hint]);
  });
}

test.run();
