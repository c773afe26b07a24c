/** ch-run finds images in storage by name. No registry is needed: records are written by hand. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { test } from "../helpers/kernel.ts";
import { makeTree } from "../helpers/layer.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";

const HEADING = "charliecloud image 1\n";

/** Put an image of one tree, or of two layers, under the name of a file. */
function store(folder: string, file: string, record: string): void {
  const storage = join(folder, "storage");
  mkdirSync(join(storage, "img"), { recursive: true });
  writeFileSync(join(storage, "img", file), record);
}

function makeLayers(folder: string): void {
  makeImage(join(folder, "storage/layers/tree-1"));
  makeTree(join(folder, "storage/layers/2"), { "etc/os-release": "ID=changed\n", "dev/": "" });
}

const ECHO = ["--", "/bin/echo", "here"];

const NAMES: readonly (readonly [file: string, name: string])[] = [
  ["alpine+latest", "alpine"],
  ["alpine+latest", "alpine:latest"],
  ["alpine+latest", "docker.io/library/alpine"],
  ["alpine+latest", "index.docker.io/library/alpine:latest"],
  ["alpine+latest", "library/alpine"],
  ["alpine+3.9", "alpine:3.9"],
  ["a%b+latest", "a/b"],
  ["library%a%b+latest", "library/a/b"],
  ["reg.example+5000%a%b+1", "reg.example:5000/a/b:1"],
  ["reg.example+5000%a%b+latest", "reg.example:5000/a/b"],
  ["reg.example+5000%a%b+1", "reg.example+5000%a%b+1"],
  ["alpine@sha256+00", "alpine@sha256:00"],
  ["alpine+1@sha256+00", "alpine:1@sha256:00"],
];

for (const [file, name] of NAMES) {
  test(`ch-run ${name} runs what img/${file} records`, () =>
    withFolder((folder) => {
      makeLayers(folder);
      store(folder, file, `${HEADING}name x\nlayer tree-1\n`);
      assert.is(assertDone(runStored(folder, name, ...ECHO)), "here\n");
    }));
}

test("ch-run lays layers over each other, the first on top", () =>
  withFolder((folder) => {
    makeLayers(folder);
    store(folder, "a+latest", `${HEADING}layer 2\nlayer tree-1\n`);
    const output = runStored(folder, "a", "--", "/bin/cat", "/etc/os-release");
    assert.is(assertDone(output), "ID=changed\n");
  }));

test("ch-run --write-fake and --home work on layers, --write does not", () =>
  withFolder((folder) => {
    makeLayers(folder);
    mkdirSync(join(folder, "home"));
    store(folder, "a+latest", `${HEADING}layer 2\nlayer tree-1\n`);
    const write = ["--", "/bin/sh", "-c", "echo x >/new; cat /new"];
    assert.is(assertDone(runStored(folder, "-W", "a", ...write)), "x\n");
    assert.is(assertDone(runStored(folder, "--home", "a", ...write)), "x\n");
    const error = 'cannot run image "a" with --write: images in storage are always read-only';
    assertRefused(runStored(folder, "-w", "a", ...ECHO), 31, error);
  }));

test("ch-run takes a path before a name", () =>
  withFolder((folder) => {
    makeLayers(folder);
    store(folder, "a+latest", `${HEADING}layer tree-1\n`);
    const path = makeImage(join(folder, "a"));
    writeFileSync(join(path, "etc/os-release"), "ID=path\n");
    const output = runStored(folder, path, "--", "/bin/cat", "/etc/os-release");
    assert.is(assertDone(output), "ID=path\n");
  }));

const MEDDLED: readonly (readonly [title: string, record: string, error: RegExp])[] = [
  ["is of another kind", "something\n", /cannot use image "a" in storage: unknown kind of record$/],
  ["names no layer", HEADING, /cannot use image "a" in storage: it has no layers$/],
  ["leads out of storage", `${HEADING}layer ../..\n`, /it has no layers$/],
  ["names what is not there", `${HEADING}layer x\n`, /cannot open image "a": No such file/],
];

for (const [title, record, error] of MEDDLED) {
  test(`ch-run refuses an image whose record ${title}`, () =>
    withFolder((folder) => {
      makeLayers(folder);
      store(folder, "a+latest", record);
      assertRefused(runStored(folder, "a", ...ECHO), 31, error);
    }));
}

test("ch-run says where it has looked for an image that is nowhere", () =>
  withFolder((folder) => {
    const outcome = runStored(folder, "none", ...ECHO);
    assertRefused(outcome, 31, 'cannot find image "none": No such file or directory');
    assert.match(outcome.stderr, /or a name that "ch-image list" shows/);
  }));

test.run();
