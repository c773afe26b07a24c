/** ch-convert into OCI image layouts that are there: an image more, and none less. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { hasProgram, Layout } from "../helpers/layout.ts";
import { installed, must, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { testIf } from "../helpers/test-if.ts";

function convert(folder: string, ...args: readonly string[]): Outcome {
  const env = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: folder };
  return runLimited(installed("ch-convert"), args, { env, cwd: folder });
}

interface Entry {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function entries(layout: string): readonly Entry[] {
  return JSON.parse(readFileSync(join(layout, "index.json"), "utf8")).manifests;
}

function names(layout: string): (string | undefined)[] {
  return entries(layout).map((entry) => entry.annotations?.["org.opencontainers.image.ref.name"]);
}

/** A layout of the images "one" and "two", and a directory "image". */
function prepare(folder: string): Layout {
  makeImage(join(folder, "image"));
  const layout = new Layout(join(folder, "layout"));
  for (const name of ["one", "two"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "file"), name);
    layout.add([join(folder, name)], name);
  }
  return layout;
}

function contentOf(folder: string, name: string): string {
  assertDone(convert(folder, `oci:layout:${name}`, `${name}-out/`));
  return readFileSync(join(folder, `${name}-out/file`), "utf8");
}

test("ch-convert adds an image to a layout, whose others stay as they are", () =>
  withFolder((folder) => {
    const layout = prepare(folder);
    const before = entries(layout.path);
    assertDone(convert(folder, "image", "oci:layout:three"));
    assert.equal(names(layout.path), ["one", "two", "three"]);
    assert.equal(entries(layout.path).slice(0, 2), before);
    assert.equal([contentOf(folder, "one"), contentOf(folder, "two")], ["one", "two"]);
    assertDone(convert(folder, "oci:layout:three", "three/"));
  }));

test("ch-convert replaces the image of that name only", () =>
  withFolder((folder) => {
    const layout = prepare(folder);
    assertDone(convert(folder, "image", "oci:layout:one"));
    assert.equal(names(layout.path), ["two", "one"]);
    assert.is(contentOf(folder, "two"), "two");
    assertDone(convert(folder, "oci:layout:one", "one-again/"));
    assert.ok(statSync(join(folder, "one-again/bin")).isDirectory());
  }));

test("ch-convert gives an image of a layout another name there", () =>
  withFolder((folder) => {
    const layout = prepare(folder);
    assertDone(convert(folder, "oci:layout:one", "oci:layout:three"));
    assert.equal(names(layout.path), ["one", "two", "three"]);
    const [first, , third] = entries(layout.path);
    assert.is(third?.digest, first?.digest);
  }));

test("ch-convert --no-clobber adds an image of a new name", () =>
  withFolder((folder) => {
    const layout = prepare(folder);
    const one = convert(folder, "--no-clobber", "image", "oci:layout:one");
    assertRefused(one, 1, 'cannot write "layout": it exists');
    assertDone(convert(folder, "--no-clobber", "image", "oci:layout:three"));
    assert.is(names(layout.path).length, 3);
  }));

test("ch-convert replaces no layout of several images by one", () =>
  withFolder((folder) => {
    const layout = prepare(folder);
    const outcome = convert(folder, "image", "oci:layout");
    assertRefused(outcome, 1, 'cannot write "layout": it is a layout of several images');
    assert.match(outcome.stderr, "oci:layout:NAME");
    assert.equal(names(layout.path), ["one", "two"]);
  }));

test("ch-convert does not take ch-image's storage for a mere layout", () =>
  withFolder((folder) => {
    prepare(folder);
    assertDone(convert(folder, "image", "stored"));
    const before = readdirSync(join(folder, "storage"));
    for (const out of ["oci:storage", "oci:storage:name"]) {
      const outcome = convert(folder, "image", out);
      assertRefused(outcome, 1, /^error: cannot write "storage": it holds ".*" beside a layout$/m);
    }
    assert.equal(readdirSync(join(folder, "storage")), before);
  }));

testIf(hasProgram("umoci"), "no umoci here")("ch-convert adds to what umoci has begun", () =>
  withFolder((folder) => {
    const layout = join(folder, "fresh");
    makeImage(join(folder, "image"));
    must("umoci", "init", "--layout", layout);
    assertDone(convert(folder, "image", "oci:fresh:one"));
    must("umoci", "new", "--image", `${layout}:two`);
    assertDone(convert(folder, "image", "oci:fresh:three"));
    assert.is(must("umoci", "ls", "--layout", layout).trim(), "one\ntwo\nthree");
  }),
);

test.run();
