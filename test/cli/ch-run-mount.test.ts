/** ch-run --mount: a SquashFS image mounted where the user says, seen by nobody else. */

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { untilNobody } from "../helpers/processes.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

testSquash("ch-run --mount runs the image and leaves the mount point empty", () =>
  withFolder(async (folder) => {
    const image = join(folder, "image.sqfs");
    const point = join(folder, "point");
    copyFileSync(squashImage(), image);
    mkdirSync(point);
    for (const options of [[`--mount=${point}`], ["-m", "point"], [`-m${point}`, "-W"]]) {
      const args = ["-q", ...options, image, "--", "sh", "-c", "ls -d /usr; ls -A /mnt"];
      assert.is(assertDone(chRun(args, { cwd: folder })), "/usr\n", options.join(" "));
    }
    await untilNobody(image);
    assert.equal(readdirSync(point), []);
    assert.not.match(readFileSync("/proc/self/mountinfo", "utf8"), folder);
  }),
);

testSquash("ch-run --mount may hide files and needs no right to write", () =>
  withFolder((folder) => {
    const point = join(folder, "point");
    mkdirSync(point);
    writeFileSync(join(point, "hidden"), "");
    chmodSync(point, 0o555);
    const bind = `--bind=${folder}:/mnt`;
    const outcome = chRun([
      `-m${point}`,
      bind,
      squashImage(),
      "--",
      "ls",
      "-d",
      "/usr",
      "/mnt/point",
    ]);
    assert.is(assertDone(outcome), "/mnt/point\n/usr\n");
    assert.equal(readdirSync(point), ["hidden"]);
  }),
);

for (const [point, cause] of [
  ["/no/such/directory", "No such file or directory"],
  ["", "No such file or directory"],
  ["/etc/passwd", "Not a directory"],
  ["/etc/passwd/x", "Not a directory"],
] as const) {
  testSquash(`ch-run --mount="${point}" is refused: ${cause}`, async () => {
    const outcome = chRun([`--mount=${point}`, squashImage(), "--", "true"]);
    assertRefused(outcome, 31, `cannot use mount point "${point}": ${cause}`);
    await untilNobody(squashImage());
  });
}

test("ch-run --mount is refused for a directory image", () => {
  const image = directoryImage();
  const error = `option "--mount" is for SquashFS images, and "${image}" is a directory`;
  assertRefused(chRun(["--mount=/mnt", image, "--", "true"]), 31, error);
});

test.run();
