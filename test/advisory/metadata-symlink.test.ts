/**
 * Images in which /ch, or /ch/metadata.json, is a symlink that leads out: read through it, what the
 * user alone may see would go into the configuration of an image, and with that to a registry;
 * written through it, files of the user would be overwritten.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { hasProgram, Layout } from "../helpers/layout.ts";
import { installed, runAny } from "../helpers/program.ts";

const hasMksquashfs = hasProgram("mksquashfs");
const SECRET = JSON.stringify({ config: { Env: ["SECRET=stolen"] } });

const LINKS = { ch: "outside", "ch/metadata.json": "outside/metadata.json" };
const INPUTS = ["image", "image.tar", "image.sqfs", "oci:layout"];
const OUTPUTS = ["out/tree/", "out/a.tar", "oci:out/layout", "ch-image:stored"];

/** What must be neither read nor written, and images whose `link` leads there. */
function prepare(folder: string, link: keyof typeof LINKS): void {
  mkdirSync(join(folder, "outside"));
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "outside/metadata.json"), SECRET);
  const image = makeImage(join(folder, "image"));
  mkdirSync(dirname(join(image, link)), { recursive: true });
  symlinkSync(join(folder, LINKS[link]), join(image, link));
  makeTar(image, join(folder, "image.tar"));
  if (hasMksquashfs) makeSquash(image, join(folder, "image.sqfs"));
  new Layout(join(folder, "layout")).add([image], "one");
}

/** Convert, whether that succeeds or not. */
function attack(folder: string, input: string, output: string): void {
  const env = { CH_IMAGE_STORAGE: join(folder, "out/storage"), TMPDIR: folder };
  runLimited(installed("ch-convert"), [input, output], { env, cwd: folder });
}

/** Check; grep -r follows no symlinks. */
function checkOutside(folder: string, what: string): void {
  const outside = join(folder, "outside");
  assert.equal(readdirSync(outside), ["metadata.json"], what);
  assert.is(readFileSync(join(outside, "metadata.json"), "utf8"), SECRET, what);
  assert.is(runAny("grep", ["-rl", "stolen", join(folder, "out")]).stdout, "", what);
}

for (const link of Object.keys(LINKS) as (keyof typeof LINKS)[]) {
  for (const input of INPUTS.filter((name) => hasMksquashfs || !name.endsWith(".sqfs"))) {
    test(`/${link} that leads out of an image is not followed: ${input}`, () =>
      withFolder((folder) => {
        prepare(folder, link);
        for (const output of OUTPUTS) {
          attack(folder, input, output);
          checkOutside(folder, `${input} -> ${output}`);
        }
        assert.ok(readdirSync(join(folder, "out")).length > 0, "something was made");
      }));
  }
}

test.run();
