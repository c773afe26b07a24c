/** ch-convert on a full disk: said in one line, and nothing is left there. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeBigImage, makeSquash, makeTar } from "../helpers/image.ts";
import { Layout } from "../helpers/layout.ts";
import { ownFolder } from "../helpers/own-folder.ts";
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
  ["image", "oci:full/a"],
  ["a.tar", "oci-archive:full/a.tar"],
  ["layout", "docker-archive:full/a.tar"],
  ["layout", "full/a.sqfs"],
  ["layout", "full/out/"],
];

/** What is said: the file system, what is free in it, and what to do. */
function assertSaid({ left, ...outcome }: Outcome & { left: string }): void {
  assertRefused(outcome, 1, /^error: cannot .*: No space left on device$/);
  const hint = / free in file system ".*\/full" \(tmpfs\).*; \$TMPDIR and the name of the output /;
  assert.match(outcome.stderr, hint);
  assert.is(left, "");
}

/** All inputs. */
function prepare(folder: string): string {
  const image = makeBigImage(join(folder, "image"));
  makeTar(image, join(folder, "a.tar"));
  makeSquash(image, join(folder, "a.sqfs"));
  new Layout(join(folder, "layout")).add([image], "image:1");
  return folder;
}

const INPUTS = CAN_MOUNT ? prepare(ownFolder()) : "";

for (const [input, output] of FULL) {
  testNamespaced(`ch-convert ${input} ${output} on a full disk`, () =>
    withFolder((folder) => {
      const [, format = "", path = ""] = /^([\w-]+:)?(.*)$/.exec(output) ?? [];
      const args = [`--tmp=${folder}`, join(INPUTS, input), format + join(folder, path)];
      assertSaid(convertWithLittleSpace(folder, args));
    }),
  );
}

testNamespaced("ch-convert with a full --tmp says so and leaves nothing", () =>
  withFolder((folder) => {
    const args = [`--tmp=${folder}/full`, join(INPUTS, "a.sqfs"), join(folder, "a.tar")];
    assertSaid(convertWithLittleSpace(folder, args));
    assert.equal(readdirSync(folder), ["full"]);
  }),
);

test.run();
