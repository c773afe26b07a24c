/** ch-convert with SIF files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash } from "../helpers/image.ts";
import { run, succeed } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { ENCRYPTED, makeSif } from "../helpers/sif.ts";
import { snapshot } from "../helpers/tree.ts";

interface Place {
  readonly folder: string;
  readonly sqfs: string;
  readonly sif: string;
}

function withSif(test: (place: Place) => void): Promise<void> {
  return withFolder((folder) => {
    const sqfs = makeSquash(makeImage(join(folder, "tree")), join(folder, "image.sqfs"));
    const sif = join(folder, "hello.sif");
    makeSif(sqfs, sif);
    test({ folder, sqfs, sif });
  });
}

test("ch-convert makes of a SIF file what it makes of the SquashFS image in it", () =>
  withSif(({ folder, sqfs, sif }) => {
    succeed("ch-convert", sqfs, join(folder, "expected/"));
    succeed("ch-convert", sif, join(folder, "directory/"));
    succeed("ch-convert", sif, join(folder, "again.sqfs"));
    succeed("ch-convert", join(folder, "again.sqfs"), join(folder, "back/"));
    const files = (name: string): string[] =>
      snapshot(join(folder, name)).filter((line) => /^(?:bin|usr|etc\/os)/.test(line));
    assert.ok(files("expected").length > 5);
    assert.equal(files("directory"), files("expected"));
    assert.equal(files("back"), files("expected"));
  }));

test("ch-convert refuses a SIF file that is encrypted, and leaves nothing", () =>
  withSif(({ folder, sqfs, sif }) => {
    makeSif(sqfs, sif, ENCRYPTED);
    const outcome = run("ch-convert", [sif, join(folder, "out/")]);
    const reason = "the root file system of the SIF image is encrypted";
    assertRefused(outcome, 1, `cannot read "${sif}": ${reason}`);
    assert.not(existsSync(join(folder, "out")));
  }));

test.run();
