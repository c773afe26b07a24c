import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FormatKind } from "../../../lib/convert/formats/format.ts";
import {
  imageName,
  inferOutput,
  parseFormatName,
  referenceFor,
  tarCompression,
} from "../../../lib/convert/infer.ts";

const OUTPUTS: readonly (readonly [string, FormatKind | "unknown", FormatKind?])[] = [
  ["hello.sqfs", "squash"],
  ["hello.squash", "squash"],
  ["hello.squashfs", "squash"],
  ["/x/hello.squishy", "squash"],
  ["hello.tar", "tar"],
  ["hello.tar.gz", "tar"],
  ["hello.tgz", "tar"],
  ["hello.tar.xz", "tar"],
  ["hello.tar.bz2", "tar"],
  ["hello.tar.zst", "tar"],
  ["debian.12.tar.gz", "tar"],
  ["hello/", "dir"],
  ["hello.tar/", "dir", "dir"],
  ["./hello", "dir"],
  ["/var/tmp/hello", "dir"],
  ["/var/tmp/.hidden", "dir"],
  // A name alone is that of an image in storage.
  ["hello", "ch-image", "dir"],
  ["debian:12.1", "ch-image", "dir"],
  ["/var/tmp/hello.img", "unknown", "dir"],
  ["/var/tmp/debian.12", "unknown", "dir"],
  ["/var/tmp/hello.gz", "unknown", "dir"],
  // A suffix without a name is a name.
  ["/var/tmp/.sqfs", "dir"],
  ["/var/tmp/.tar.gz", "unknown", "dir"],
];

for (const [path, expected, ifDirectory = expected] of OUTPUTS) {
  test(`inferOutput() of "${path}" is ${expected}`, () => {
    if (expected === "unknown")
      assert.throws(() => inferOutput(path, { isDirectory: false }), /cannot tell/);
    else assert.is(inferOutput(path, { isDirectory: false }), expected);
  });
  test(`inferOutput() of the existing directory "${path}" is ${ifDirectory}`, () => {
    assert.is(inferOutput(path, { isDirectory: true }), ifDirectory);
  });
}

test("inferOutput() of what is a path takes no name for an image in storage", () => {
  const hints = { isDirectory: false, isPath: true };
  assert.is(inferOutput("hello", hints), "dir");
  assert.is(inferOutput("hello.tar", hints), "tar");
  assert.throws(() => inferOutput("hello.img", hints), /cannot tell the format of "hello.img"/);
});

test("inferOutput() writes no SIF file, and no image of that name", () => {
  for (const path of ["hello.sif", "/x/hello.sif"]) {
    assert.throws(() => inferOutput(path, { isDirectory: false }), /SIF files are only read/);
  }
});

test("parseFormatName() knows short and long names", () => {
  const names = ["dir", "directory", "tar", "squash", "squashfs"];
  assert.equal(names.map(parseFormatName), ["dir", "dir", "tar", "squash", "squash"]);
});

test("parseFormatName() refuses everything else", () => {
  for (const name of ["", "zip", "DIR", "toString"]) {
    assert.throws(() => parseFormatName(name), /unknown format/);
  }
});

const NAMES: readonly (readonly [string, string])[] = [
  ["/var/tmp/hello.tar.gz", "hello"],
  ["hello.tgz", "hello"],
  ["hello.tar", "hello"],
  ["/x/hello.sqfs", "hello"],
  ["/x/hello.squishy", "hello"],
  ["debian.12.tar.xz", "debian.12"],
  ["hello", "hello"],
  ["hello.img", "hello.img"],
  ["hello.tar.tar.gz", "hello.tar"],
  [".sqfs", ".sqfs"],
];

for (const [path, name] of NAMES) {
  test(`imageName() of "${path}" is "${name}"`, () => {
    assert.is(imageName(path), name);
  });
}

test("referenceFor() makes a name of a file's where it can", () => {
  assert.is(referenceFor("/var/tmp/Hello.tar.gz"), "hello:latest");
  assert.is(referenceFor("/var/tmp/debian.12.sqfs"), "debian.12:latest");
  assert.is(referenceFor("/var/tmp/a b"), undefined);
});

test("tarCompression() is what the name promises", () => {
  assert.is(tarCompression("x.tar"), "none");
  assert.is(tarCompression("x.tbz2"), "bzip2");
  assert.is(tarCompression("x.tzst"), "zstd");
  assert.is(tarCompression("x.txz"), "xz");
  assert.is(tarCompression("x.gz"), undefined);
});

test.run();
