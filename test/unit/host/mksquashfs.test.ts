import { test } from "uvu";
import * as assert from "uvu/assert";
import { squashError } from "../../../lib/host/mksquashfs.ts";

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
