/** What a bind is written like, for --bind and in $CH_RUN_BIND, and whether it can be written to. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

const image = directoryImage();

const NAMES = ["a", "with:colon", "with\\backslash", "end\\", "ro", "two:colons:", "with space"];

/** A test with a folder for each name on the host; in each is a file that says which. */
function withHost(body: (folder: string) => unknown): Promise<void> {
  return withFolder((folder) => {
    for (const name of NAMES) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "file"), name);
    }
    return body(folder);
  });
}

/** The text of a bind, and where the container then has what of the host. */
const GOOD: readonly (readonly [string, string, string])[] = [
  ["HOST/a:/mnt:rw", "/mnt", "a"],
  ["HOST/a:/mnt:ro", "/mnt", "a"],
  ["HOST/a:ro", "HOST/a", "a"],
  ["HOST/a:rw", "HOST/a", "a"],
  ["ro", "HOST/ro", "ro"],
  ["ro:ro", "HOST/ro", "ro"],
  ["HOST/with\\:colon:/mnt", "/mnt", "with:colon"],
  ["HOST/with\\:colon", "HOST/with:colon", "with:colon"],
  ["HOST/two\\:colons\\::/mnt:ro", "/mnt", "two:colons:"],
  ["HOST/with\\\\backslash:/mnt", "/mnt", "with\\backslash"],
  ["HOST/with\\backslash:/mnt", "/mnt", "with\\backslash"],
  ["HOST/end\\\\:/mnt", "/mnt", "end\\"],
  ["HOST/with space:/mnt", "/mnt", "with space"],
  ["HOST/a:/new\\:place", "/new:place", "a"],
];

for (const [text, place, name] of GOOD) {
  test(`ch-run --bind='${text}' shows "${name}" at "${place}"`, () =>
    withHost((folder) => {
      const fill = (word: string): string => word.replace("HOST", folder);
      const command = [image, "--", "cat", `${fill(place)}/file`];
      const outcome = chRun([`--bind=${fill(text)}`, ...command], { cwd: folder });
      assert.is(assertDone(outcome), name);
    }));
}

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "an empty path; give SRC[:DST][:ro|rw]"],
  [":/mnt", "an empty path; give SRC[:DST][:ro|rw]"],
  ["/usr:", "an empty path; give SRC[:DST][:ro|rw]"],
  [":ro", "an empty path; give SRC[:DST][:ro|rw]"],
  ["/usr:mnt", 'destination "mnt" is not an absolute path'],
  ["/usr:r", 'destination "r" is not an absolute path'],
  ["/usr:/mnt:r", "not SRC[:DST][:ro|rw]"],
  ["/usr:/mnt:ro:rw", "not SRC[:DST][:ro|rw]"],
  ["/usr:/mnt:", "not SRC[:DST][:ro|rw]"],
  ["/usr:/mnt:/srv", "not SRC[:DST][:ro|rw]"],
];

for (const [text, reason] of REFUSED) {
  test(`ch-run --bind='${text}' is refused: ${reason}`, () => {
    const outcome = chRun([`--bind=${text}`, image, "--", "true"]);
    assertRefused(outcome, 64, `cannot bind "${text}": ${reason}`);
  });
}

for (const [kind, root] of images()) {
  test(`ch-run --bind in a ${kind}: what is bound with ":ro" cannot be written to`, () =>
    withHost((folder) => {
      const binds = [`-b${folder}/a:/mnt:ro`, `-b${folder}/ro/file:/srv/f:ro`, `-b${folder}:/opt`];
      const writes = "(echo x >/mnt/file); (echo x >/srv/f); (echo x >/mnt/new); echo x >/opt/new";
      const { status, stderr } = chRun([...binds, root, "--", "sh", "-c", writes]);
      assert.is(stderr.match(/Read-only file system/g)?.length, 3);
      assert.is(status, 0);
      assert.is(readFileSync(join(folder, "a/file"), "utf8"), "a");
      assert.is(readFileSync(join(folder, "new"), "utf8"), "x\n");
    }));
}

/** Binds of $CH_RUN_BIND; then of the command line; then what the container has at /mnt. */
const DEFAULTS: readonly (readonly [string, readonly string[], string])[] = [
  ["HOST/a:/mnt", [], "a"],
  ["HOST/a:/mnt\nHOST/ro:/mnt:ro\n", [], "ro"],
  ["\n\nHOST/with\\:colon:/mnt", [], "with:colon"],
  ["HOST/a:/mnt", ["HOST/ro:/mnt"], "ro"],
  ["HOST/a:/mnt\nHOST/a:/srv", ["HOST/ro:/opt", "HOST/with space:/mnt"], "with space"],
  ["", ["HOST/a:/mnt"], "a"],
];

for (const [defaults, binds, name] of DEFAULTS) {
  const title = `CH_RUN_BIND=${JSON.stringify(defaults)} ch-run ${JSON.stringify(binds)}`;
  test(`${title} has "${name}" at /mnt`, () =>
    withHost((folder) => {
      const fill = (text: string): string => text.replaceAll("HOST", folder);
      const options = binds.map((bind) => `--bind=${fill(bind)}`);
      const env = { CH_RUN_BIND: fill(defaults) };
      const outcome = chRun([...options, image, "--", "cat", "/mnt/file"], { env });
      assert.is(assertDone(outcome), name);
    }));
}

test("ch-run names $CH_RUN_BIND where its text is wrong, and needs it not for --version", () => {
  const env = { CH_RUN_BIND: "/usr:/mnt\n/usr:mnt" };
  const reason = 'cannot bind "/usr:mnt": destination "mnt" is not an absolute path';
  const outcome = chRun([image, "--", "true"], { env });
  assertRefused(outcome, 64, `$CH_RUN_BIND: ${reason}`);
  assertDone(chRun(["--version"], { env }));
});

test.run();
