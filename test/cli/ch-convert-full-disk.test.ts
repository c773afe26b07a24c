/** ch-convert on a full disk: said in one line, and nothing is left there. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeBigImage, makeSquash, makeTar } from "../helpers/image.ts";
import { installed, type Outcome, runAny } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { testIf } from "../helpers/test-if.ts";

const CAN_MOUNT = runAny("unshare", ["-Urm", "true"]).status === 0;
const testNamespaced = testIf(CAN_MOUNT, "no user namespaces here");

/** Run ch-convert with `full/` being a file system of 2 MiB; what is left there comes last. */
function convertWithLittleSpace(
  folder: string,
  args: readonly string[],
): Outcome & { left: string } {
  const script =
    'full=$1; shift; mount -t tmpfs -o size=2m none "$full" || exit 99; "$@"; status=$?; ' +
    'echo "left:" $(ls -A "$full"); exit $status';
  const full = join(folder, "full");
  mkdirSync(full, { recursive: true });
  const command = ["-Urm", "sh", "-c", script, "sh", full, installed("ch-convert"), ...args];
  const { stdout, ...rest } = runAny("unshare", command);
  return { ...rest, stdout: "", left: stdout.replace(/^left:\s*/, "").trim() };
}

const FULL: readonly (readonly [string, string])[] = [
  ["image", "full/a.sqfs"],
  ["image", "full/a.tar"],
  ["image", "full/a.tar.gz"],
  ["a.tar", "full/a.sqfs"],
  ["a.tar", "full/out/"],
  ["a.sqfs", "full/out/"],
  ["a.sqfs", "full/a.tar"],
];

for (const [input, output] of FULL) {
  testNamespaced(`ch-convert ${input} ${output} on a full disk`, () =>
    withFolder((folder) => {
      const image = makeBigImage(join(folder, "image"));
      makeTar(image, join(folder, "a.tar"));
      makeSquash(image, join(folder, "a.sqfs"));
      const args = [`--tmp=${folder}`, join(folder, input), join(folder, output)];
      const { left, ...outcome } = convertWithLittleSpace(folder, args);
      assertRefused(outcome, 1, /^error: cannot .*: No space left on device$/);
      assert.is(left, "");
    }),
  );
}

testNamespaced("ch-convert with a full --tmp says so and leaves nothing", () =>
  withFolder((folder) => {
    makeSquash(makeBigImage(join(folder, "image")), join(folder, "a.sqfs"));
    const before = readdirSync(folder);
    const args = [`--tmp=${folder}/full`, join(folder, "a.sqfs"), join(folder, "a.tar")];
    const { left, ...outcome } = convertWithLittleSpace(folder, args);
    assertRefused(outcome, 1, /^error: cannot .*: No space left on device$/);
    assert.is(left, "");
    assert.equal(readdirSync(folder).sort(), [...before, "full"].sort());
  }),
);

test.run();
