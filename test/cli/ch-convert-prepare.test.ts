/** ch-convert --prepare and --profile: what start-up reads is stored as it is. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeElf } from "../helpers/elf.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeTar } from "../helpers/image.ts";
import { messages, must, run, succeed } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { snapshot } from "../helpers/tree.ts";

/** Larger than a block, with a tail that would go into a fragment. */
const SIZE = 200_000;
const ODD_NAMES = [
  "a b",
  'quo"te',
  "back\\slash",
  "st*r",
  "br[a]",
  "(x)",
  "#hash",
  " lead",
  "caf\xe9",
];

/** A tree with a program, its loader and its library, and more that compresses well. */
function makeTree(folder: string): string {
  const tree = makeImage(join(folder, "tree"));
  mkdirSync(join(tree, "lib"));
  const program = makeElf({ interpreter: "/lib/ld-test.so", needed: ["libtest.so"] }, SIZE);
  writeFileSync(join(tree, "bin/perl"), program);
  writeFileSync(join(tree, "lib/ld-test.so"), makeElf({ runpath: "/loader" }, SIZE));
  writeFileSync(join(tree, "lib/libtest.so"), makeElf({ runpath: "/library" }, SIZE));
  for (const name of ODD_NAMES) {
    writeFileSync(Buffer.from(join(tree, name), "latin1"), `${name} `.repeat(SIZE / 4));
  }
  return tree;
}

/** Where in the image a file of the tree stands as it is; -1 if it does not. */
function positionOf(image: string, tree: string, path: string): number {
  const content = readFileSync(Buffer.from(join(tree, path), "latin1"));
  return readFileSync(image).indexOf(content);
}

const PREPARED = ["bin/perl", "lib/ld-test.so", "lib/libtest.so", "bin/busybox"];

test("ch-convert --prepare stores programs, loader and libraries as they are, others not", () =>
  withFolder((folder) => {
    const tree = makeTree(folder);
    const image = join(folder, "image.sqfs");
    const { status, stdout, stderr } = run("ch-convert", ["--prepare", tree, image]);
    assert.equal([status, stdout], [0, ""]);
    assert.match(
      messages(stderr).join("\n"),
      /^4 files stored uncompressed: [\d.]+ MiB instead of [\d.]+ (?:Ki|Mi)B, the image is \d+% larger$/,
    );
    for (const path of PREPARED) assert.ok(positionOf(image, tree, path) > 0, path);
    for (const name of ODD_NAMES) assert.is(positionOf(image, tree, name), -1, name);
  }));

test("ch-convert --prepare changes nothing in the image, from whatever it is made", () =>
  withFolder((folder) => {
    const tree = makeTree(folder);
    const tar = makeTar(tree, join(folder, "tree.tar"));
    const plain = join(folder, "plain.sqfs");
    succeed("ch-convert", tar, plain);
    must("unsquashfs", "-no-xattrs", "-dest", join(folder, "expected"), plain);
    for (const [index, input] of [tar, plain].entries()) {
      const image = join(folder, `${index}.sqfs`);
      succeed("ch-convert", "-q", "--prepare", input, image);
      for (const path of PREPARED) assert.ok(positionOf(image, tree, path) > 0, path);
      must("unsquashfs", "-no-xattrs", "-dest", join(folder, `${index}`), image);
      assert.equal(snapshot(join(folder, `${index}`)), snapshot(join(folder, "expected")));
    }
  }));

test("ch-convert --prepare makes the same image, byte for byte, each time", () =>
  withFolder((folder) => {
    const tar = makeTar(makeTree(folder), join(folder, "tree.tar"));
    const images = ["a", "b"].map((name) => {
      const env = { SOURCE_DATE_EPOCH: "1" };
      const image = join(folder, `${name}.sqfs`);
      assert.is(run("ch-convert", ["-q", "--prepare", tar, image], { env }).status, 0);
      return readFileSync(image);
    });
    assert.ok(images[0]?.equals(images[1] ?? Buffer.alloc(0)));
  }));

test("ch-convert --profile stores what the profile lists, in its order, whatever the names", () =>
  withFolder((folder) => {
    const tree = makeTree(folder);
    const image = join(folder, "image.sqfs");
    const profile = join(folder, "profile");
    const listed = [...ODD_NAMES, "lib/libtest.so", "bin/perl"];
    writeFileSync(
      profile,
      ["# a profile", ...listed.map((path) => `/${path}`), ""].join("\n"),
      "latin1",
    );
    // Only a tree that has all the mount points can be sorted.
    const tar = makeTar(tree, join(folder, "tree.tar"));
    const { stderr } = run("ch-convert", [`--profile=${profile}`, tar, image]);
    assert.match(stderr, /: 11 files stored uncompressed/);
    const positions = listed.map((path) => positionOf(image, tree, path));
    assert.ok(
      positions.every((at) => at > 0),
      String(positions),
    );
    assert.equal(
      positions,
      [...positions].sort((a, b) => a - b),
    );
    assert.is(positionOf(image, tree, "lib/ld-test.so"), -1);
  }));

test("ch-convert --profile warns of files that the image does not have", () =>
  withFolder((folder) => {
    const profile = join(folder, "profile");
    writeFileSync(profile, "/bin/sh\n/nothing\n/bin/busybox\n");
    const arguments_ = [`--profile=${profile}`, makeTree(folder), join(folder, "a.sqfs")];
    const { status, stderr } = run("ch-convert", arguments_);
    assert.is(status, 0);
    const [warning, cost] = messages(stderr);
    assert.is(warning, "warning: 1 of 3 files of the profile are not in the image");
    assert.match(cost ?? "", /^1 file stored/);
  }));

test("ch-convert --prepare and --profile are refused where they mean nothing", () =>
  withFolder((folder) => {
    const tree = makeTree(folder);
    const tar = join(folder, "a.tar");
    assertRefused(
      run("ch-convert", ["--prepare", tree, tar]),
      2,
      "--prepare and --profile are for SquashFS output only",
    );
    const profile = join(folder, "profile");
    const arguments_ = [`--profile=${profile}`, tree, join(folder, "a.sqfs")];
    const missing = `cannot read profile "${profile}": No such file or directory`;
    assertRefused(run("ch-convert", arguments_), 1, missing);
    writeFileSync(profile, "bin/sh\n");
    const wrong = `cannot use profile "${profile}": line 1 is not an absolute path`;
    assertRefused(run("ch-convert", arguments_), 1, wrong);
  }));

test.run();
