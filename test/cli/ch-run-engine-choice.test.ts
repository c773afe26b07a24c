/** Which engine serves a SquashFS image, and that a directory needs none. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import * as assert from "uvu/assert";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, messages, must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, squashImage, squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const SQUASH_FAILED = 84;
const library = process.env["CH_STAGE_LIB"] ?? "";
const codecs = (process.env["CH_TEST_CODECS"] ?? "").split(" ");
/** The compressor of squashImage(). */
const builtin = "builtin-zstd-engine.so";
const squashfuse = "squashfuse-engine.so";

function has(engine: string): boolean {
  return must("ls", library).split("\n").includes(engine);
}

const testAny = testIf(true, "");
const testBoth = testIf(
  squashWay === "mounted" && codecs.includes("zstd") && has(squashfuse),
  "SquashFS images are not mounted here, or not by two engines",
);

/** A copy of what is installed, without some engines. */
function withoutEngines(engines: readonly string[], test: (program: string) => unknown) {
  return withFolder(async (folder) => {
    const program = join(folder, "bin/ch-run");
    const place = join(dirname(program), relative(dirname(installed("ch-run")), library));
    mkdirSync(dirname(program));
    cpSync(installed("ch-run"), program);
    cpSync(library, place, { recursive: true });
    for (const engine of engines) rmSync(join(place, engine));
    await test(program);
  });
}

testAny("ch-run needs no library but the C library, and so pays for none", () => {
  assert.not.match(must("ldd", installed("ch-run")), /fuse|zstd|lz4|lzo|lzma|deflate|\/libz\b/);
});

testAny("ch-run of a directory does not care for the engine", () => {
  const args = ["--squashfs-engine=squashfuse", directoryImage(), "--", "echo", "hello"];
  assert.is(assertDone(chRun(args)), "hello\n");
});

testBoth("ch-run takes the engine that it is told to take, and says nothing of it", () => {
  for (const engine of ["builtin", "squashfuse"]) {
    const args = ["-v", `--squashfs-engine=${engine}`, squashImage(), "--", "echo", "hello"];
    assert.not.match(chRun(args).stderr, "served by");
    assert.is(chRun(args).stdout, "hello\n");
  }
});

testBoth(
  "ch-run takes libsquashfuse for a compressor that our engine lacks, and says so at -v",
  () =>
    withoutEngines([builtin], (program) => {
      const args = [squashImage(), "--", "echo", "hello"];
      assert.is(assertDone(runLimited(program, args, {})), "hello\n");
      const { stderr } = runLimited(program, ["-v", "--no-fuse-share", ...args], {});
      const lines = messages(stderr).filter((line) => line.includes("served by"));
      assert.equal(lines, [
        "image is compressed with zstd, which our SquashFS engine was built without: " +
          "served by libsquashfuse",
      ]);
    }),
);

testBoth("ch-run says which engine is missing when it is to take that one", () =>
  withoutEngines([builtin, squashfuse], (program) => {
    for (const engine of ["builtin", "squashfuse"]) {
      const args = [`--squashfs-engine=${engine}`, squashImage(), "--", "true"];
      const error = `built without the SquashFS engine "${engine}" for images that are compressed`;
      assertRefused(runLimited(program, args, {}), SQUASH_FAILED, new RegExp(error));
    }
  }),
);

runConditional();
