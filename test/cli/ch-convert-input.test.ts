/** ch-convert and ch-image import of what comes on standard input. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeTar } from "../helpers/image.ts";
import { installed, type Outcome, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { snapshot } from "../helpers/tree.ts";

/** Run a program of ours with what a command of the shell writes. */
function pipe(folder: string, source: string, name: string, ...args: readonly string[]): Outcome {
  const env = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: join(folder, "tmp") };
  const line = `mkdir -p tmp; ${source} | "$0" "$@"`;
  return runAny("sh", ["-c", line, installed(name), ...args], { env, cwd: folder });
}

function convert(folder: string, source: string, ...args: readonly string[]): Outcome {
  return pipe(folder, source, "ch-convert", ...args);
}

test("ch-convert of standard input makes what it makes of the file", () =>
  withFolder((folder) => {
    makeTar(makeImage(join(folder, "image")), join(folder, "a.tar.gz"));
    assertDone(convert(folder, "true", "a.tar.gz", "expected/"));
    assertDone(convert(folder, "true", "a.tar.gz", "docker-archive:d.tar:some/image:1"));
    for (const source of ["cat a.tar.gz", "gzip -dc a.tar.gz", "cat d.tar"]) {
      assertDone(convert(folder, source, "-", "out/"));
      assert.equal(snapshot(join(folder, "out/bin")), snapshot(join(folder, "expected/bin")));
      rmSync(join(folder, "out"), { recursive: true });
    }
    assert.equal(readdirSync(join(folder, "tmp")), []);
  }));

test("ch-convert of standard input that is no image", () =>
  withFolder((folder) => {
    makeTar(makeImage(join(folder, "image")), join(folder, "a.tar.gz"));
    for (const source of ["true", "echo text", "head -c 5 a.tar.gz"]) {
      const outcome = convert(folder, source, "-", "out/");
      assertRefused(outcome, 1, /^error: cannot .*\/-": /);
    }
    const cut = convert(folder, "head -c 300 a.tar.gz", "-", "out/");
    assertRefused(cut, 1, /^error: cannot .*read "[^"]*\/-": /);
    assert.equal(readdirSync(join(folder, "tmp")), []);
    assert.not(readdirSync(folder).includes("out"));
  }));

test("ch-image import of standard input is called as it says itself, or as one says", () =>
  withFolder((folder) => {
    makeTar(makeImage(join(folder, "image")), join(folder, "a.tar.gz"));
    assertDone(convert(folder, "true", "a.tar.gz", "docker-archive:d.tar:some/image:1"));
    assert.is(pipe(folder, "cat d.tar", "ch-image", "import", "-").status, 0);
    assert.is(pipe(folder, "cat a.tar.gz", "ch-image", "import", "-", "other").status, 0);
    assert.is(pipe(folder, "true", "ch-image", "list").stdout, "other:latest\nsome/image:1\n");
    const nameless = pipe(folder, "cat a.tar.gz", "ch-image", "import", "-");
    assert.is(nameless.status, 2, nameless.stderr);
  }));

test.run();
