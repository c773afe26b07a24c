/** Unpacking a SquashFS image that fails, and where storage is. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { installed, must } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { squashImage } from "../helpers/root-image.ts";
import { runConditional } from "../helpers/test-if.ts";
import {
  runWords,
  testUnpacking,
  testUnpackingHidden,
  unpacking,
  withoutFuse,
} from "../helpers/without-fuse.ts";

const isRoot = process.getuid?.() === 0;

testUnpacking("ch-run --feature=squash is status 87", () => {
  assert.is(runWords(unpacking(["--feature=squash"])).status, 87);
});

testUnpacking("ch-run --write is refused for a SquashFS image here, too", () => {
  const outcome = runWords(unpacking(["-w", squashImage(), "--", "true"]));
  assertRefused(outcome, 31, /with --write: a SquashFS image is always read-only$/);
});

testUnpackingHidden("a full disk is a clear error, and nothing is left", () =>
  withFolder((folder) => {
    const script = '"$0" -q "$1" -- true; echo $?; ls -A "$CH_IMAGE_STORAGE/tmp"';
    const command = ["sh", "-c", script, installed("ch-run"), squashImage()];
    const words = withoutFuse(`mount -t tmpfs -o size=600k none ${folder}`, command);
    const { stdout, stderr } = runWords(words, { env: { CH_IMAGE_STORAGE: join(folder, "s") } });
    assert.is(stdout, "31\n");
    assert.match(
      stderr,
      /^ch-run\[\d+\]: error: cannot unpack image .*No space left on device\n.*hint: .*--storage/,
    );
  }),
);

testUnpackingHidden("without unsquashfs there is a hint", () =>
  withFolder((folder) => {
    const args = ["-q", `--storage=${folder}/storage`, squashImage(), "--", "true"];
    const command = ["env", "PATH=/no", installed("ch-run"), ...args];
    const outcome = runWords(withoutFuse("", command));
    assertRefused(outcome, 31, /^error: cannot unpack image .*: cannot start unsquashfs$/);
    assert.match(outcome.stderr, /hint: install the package squashfs-tools\n$/);
    assert.equal(readdirSync(join(folder, "storage/tmp")), []);
  }),
);

testUnpacking("a damaged image is a clear error, and nothing is left", () =>
  withFolder((folder) => {
    const image = join(folder, "image.sqfs");
    copyFileSync(squashImage(), image);
    must(
      "dd",
      "if=/dev/zero",
      `of=${image}`,
      "bs=4k",
      "seek=1",
      "count=200",
      "conv=notrunc",
      "status=none",
    );
    const outcome = runWords(unpacking(["-q", `-s${folder}/storage`, image, "--", "true"]));
    assertRefused(outcome, 31, /^error: cannot unpack image .*: unsquashfs: /);
    for (const name of ["tmp", "unpacked"])
      assert.equal(readdirSync(join(folder, "storage", name)), []);
  }),
);

/** Options and environment, and the storage directory that is used; FOLDER is the test's. */
const PLACES: readonly (readonly [readonly string[], Record<string, string>, string])[] = [
  [["--storage=FOLDER/a"], { CH_IMAGE_STORAGE: "/no/such/place" }, "FOLDER/a"],
  [["-s", "a"], {}, "FOLDER/a"],
  [["-sb", "--storage=a"], {}, "FOLDER/a"],
  [[], { CH_IMAGE_STORAGE: "FOLDER/b", USER: "alice" }, "FOLDER/b"],
  [
    [],
    { CH_IMAGE_STORAGE: "", USER: `ch-test-${process.pid}` },
    `/var/tmp/ch-test-${process.pid}.ch`,
  ],
];

for (const [options, env, expected] of PLACES) {
  testUnpacking(`storage is ${expected} with ${JSON.stringify([options, env])}`, () =>
    withFolder((folder) => {
      const fill = (text: string): string => text.replace("FOLDER", folder);
      const place = fill(expected);
      const filled = Object.entries(env).map(([name, value]) => [name, fill(value)]);
      const settings = { cwd: folder, env: Object.fromEntries(filled) };
      const args = ["-q", ...options.map(fill), squashImage(), "--", "true"];
      const { status, stderr } = runWords(unpacking(args), settings);
      assert.equal([status, stderr], [0, ""]);
      assert.equal(readdirSync(place).sort(), ["locks", "tmp", "unpacked"]);
      rmSync(place, { recursive: true });
    }),
  );
}

testUnpacking("without $USER storage is named by the uid", () => {
  const place = `/var/tmp/${process.geteuid?.()}.ch`;
  if (existsSync(place)) {
    console.log(`SKIP: there is a ${place}`);
    return;
  }
  const outcome = runWords(unpacking(["-q", squashImage(), "--", "true"]), {
    env: { CH_IMAGE_STORAGE: "" },
  });
  assert.is(outcome.status, 0, outcome.stderr);
  assert.is(readdirSync(join(place, "unpacked")).length, 1);
  rmSync(place, { recursive: true });
});

/** What is at the path of the storage directory, and what is said of it. */
const BAD_PLACES: readonly (readonly [string, (path: string) => unknown, RegExp])[] = [
  ["a file", (path) => writeFileSync(path, ""), /^error: cannot open storage .*: Not a directory$/],
  [
    "somebody else's",
    stranger,
    /^error: cannot use storage directory ".*": it belongs to uid \d+$/,
  ],
  [
    "shut",
    (path) => mkdirSync(path, { mode: isRoot ? 0o755 : 0o500 }),
    /^error: cannot make "unpacked" in storage: Perm/,
  ],
];

/** A directory of another user. */
function stranger(path: string): void {
  if (isRoot) must("install", "-d", "-o", "12345", path);
  else must("ln", "-s", "/usr", path);
}

for (const [what, make, error] of BAD_PLACES) {
  testUnpacking(`a storage directory that is ${what} is an error`, () =>
    withFolder((folder) => {
      const place = join(folder, "storage");
      make(place);
      if (what === "shut" && isRoot) return console.log("SKIP: root may write everywhere");
      const outcome = runWords(unpacking([`--storage=${place}`, squashImage(), "--", "true"]));
      return assertRefused(outcome, 31, error);
    }),
  );
}

runConditional();
