/** ch-run of a SIF file, and of a SquashFS image that begins somewhere in a file. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { ENGINES, testWithEngine } from "../helpers/engines.ts";
import { withFolder } from "../helpers/folder.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, squashImage, squashWay } from "../helpers/root-image.ts";
import { ENCRYPTED, EXT3, makeSif } from "../helpers/sif.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { runWords, testUnpacking, unpacking } from "../helpers/without-fuse.ts";

const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

/** A file that holds the image behind `before` bytes. */
function makeEmbedded(path: string, before: number): string {
  writeFileSync(path, Buffer.concat([Buffer.alloc(before, "x"), readFileSync(squashImage())]));
  return path;
}

/** A command that reads most of the image. */
const READ_ALL = ["sh", "-c", "cat /bin/* >/dev/null && echo hello"];

for (const engine of ENGINES) {
  const testEngine = testWithEngine(engine);

  testEngine(`ch-run runs a SIF file as it is, by ${engine}`, () =>
    withFolder((folder) => {
      const sif = join(folder, "image.sif");
      makeSif(squashImage(), sif);
      const outcome = chRun([`--squashfs-engine=${engine}`, sif, "--", ...READ_ALL]);
      assert.is(assertDone(outcome), "hello\n");
    }),
  );

  testEngine(`ch-run --offset runs an image in a file, by ${engine}`, () =>
    withFolder((folder) => {
      const path = makeEmbedded(join(folder, "file"), 12345);
      const options = [`--squashfs-engine=${engine}`, "--offset=12345"];
      const outcome = chRun([...options, path, "--", ...READ_ALL]);
      assert.is(assertDone(outcome), "hello\n");
    }),
  );
}

testUnpacking("ch-run unpacks a SIF file, and each image of a file by its offset", () =>
  withFolder((folder) => {
    const sif = join(folder, "image.sif");
    const offset = makeSif(squashImage(), sif);
    const env = { CH_IMAGE_STORAGE: join(folder, "storage") };
    for (const options of [[], [`--offset=${offset}`]]) {
      const { status, stdout } = runWords(unpacking([...options, sif, "--", "echo", "hi"]), {
        env,
      });
      assert.equal([status, stdout], [0, "hi\n"]);
    }
    const wrong = runWords(unpacking(["--offset=1", sif, "--", "true"]), { env });
    assertRefused(wrong, 31, `cannot use image "${sif}": not a SquashFS image`);
  }),
);

const ROOT = "the root file system of the SIF image is";

testSquash("ch-run refuses a SIF file whose root file system is not SquashFS", () =>
  withFolder((folder) => {
    const sif = join(folder, "image.sif");
    for (const [fileSystem, kind] of [
      [ENCRYPTED, "encrypted"],
      [EXT3, "ext3"],
    ] as const) {
      makeSif(squashImage(), sif, fileSystem);
      assertRefused(chRun([sif, "--", "true"]), 31, `cannot use image "${sif}": ${ROOT} ${kind}`);
    }
  }),
);

testSquash("ch-run refuses a SIF file that was cut short", () =>
  withFolder((folder) => {
    const sif = join(folder, "image.sif");
    makeSif(squashImage(), sif);
    truncateSync(sif, readFileSync(sif).length - 4096);
    assertRefused(
      chRun([sif, "--", "true"]),
      31,
      /^error: cannot use image ".*": truncated SIF image: its root file system ends at \d+/,
    );
  }),
);

testSquash("ch-run --offset refuses what is no number, no image, or beyond the file", () =>
  withFolder((folder) => {
    const path = makeEmbedded(join(folder, "file"), 4096);
    for (const offset of ["", "-1", "1k", "0x10", "99999999999999999999"]) {
      const outcome = chRun([`--offset=${offset}`, path, "--", "true"]);
      assertRefused(outcome, 64, `option "--offset=${offset}": not a number of bytes`);
    }
    for (const offset of [0, 1, 4095, 1_000_000_000_000]) {
      const outcome = chRun([`--offset=${offset}`, path, "--", "true"]);
      assertRefused(outcome, 31, `cannot use image "${path}": not a SquashFS image`);
    }
    const directory = directoryImage();
    assertRefused(
      chRun(["--offset=0", directory, "--", "true"]),
      31,
      `option "--offset" is for SquashFS images, and "${directory}" is a directory`,
    );
  }),
);

runConditional();
