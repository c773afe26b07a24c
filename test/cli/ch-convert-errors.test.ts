/** ch-convert: bad input and bad surroundings end in one line, and leave nothing behind. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeBigImage, makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { must, run } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { testIf } from "../helpers/test-if.ts";

/** Where the superblock says where the inode table begins. */
const INODE_TABLE = 64;
const testAsUser = testIf(process.geteuid?.() !== 0, "root can read and write everything");

/** Convert `input` to every other format; each must fail, say the same, and leave no file. */
function failsEverywhere(folder: string, input: string, expected: RegExp): void {
  const before = readdirSync(folder);
  for (const output of ["out/", "out.sqfs", "out.tar"]) {
    const outcome = run("ch-convert", [join(folder, input), join(folder, output)]);
    if (outcome.status === 2 && /nothing to convert/.test(outcome.stderr)) continue;
    assertRefused(outcome, 1, expected);
    assert.equal(readdirSync(folder), before, output);
  }
}

function cutInHalf(path: string): void {
  truncateSync(path, Math.floor(statSync(path).size / 2));
}

function overwrite(path: string, offset: number, length: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.alloc(length, 0x55), 0, length, offset);
  closeSync(fd);
}

test("ch-convert of a file that is no image", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "text"), "just some text\n".repeat(1000));
    failsEverywhere(folder, "text", /cannot convert "[^"]*": not an image of a known format/);
  }));

test("ch-convert of an empty file", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "empty"), "");
    failsEverywhere(folder, "empty", /cannot convert "[^"]*": not an image of a known format/);
  }));

test("ch-convert of a path that is not there", () =>
  withFolder((folder) => {
    failsEverywhere(folder, "missing", /"[^"]*missing".*: No such file or directory/);
  }));

test("ch-convert of a FIFO does not wait for it", () =>
  withFolder((folder) => {
    must("mkfifo", join(folder, "fifo"));
    failsEverywhere(folder, "fifo", /not an image of a known format/);
  }));

test("ch-convert of a truncated SquashFS image", () =>
  withFolder((folder) => {
    makeSquash(makeBigImage(join(folder, "image")), join(folder, "a.sqfs"));
    cutInHalf(join(folder, "a.sqfs"));
    failsEverywhere(folder, "a.sqfs", /^error: cannot (?:read|unpack) "[^"]*a\.sqfs": /);
  }));

test("ch-convert of a SquashFS image with broken tables", () =>
  withFolder((folder) => {
    const path = makeSquash(makeBigImage(join(folder, "image")), join(folder, "a.sqfs"));
    overwrite(path, Number(readFileSync(path).readBigUInt64LE(INODE_TABLE)), 64);
    failsEverywhere(folder, "a.sqfs", /^error: cannot (?:read|unpack) "[^"]*a\.sqfs": /);
  }));

test("ch-convert of a SquashFS image with broken data", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    writeFileSync(join(image, "text"), Array.from({ length: 500_000 }, (_, n) => n).join("\n"));
    overwrite(makeSquash(image, join(folder, "a.sqfs")), 100_000, 50_000);
    failsEverywhere(folder, "a.sqfs", /cannot unpack "[^"]*a\.sqfs": /);
  }));

for (const name of ["a.tar", "a.tar.gz", "a.tar.xz", "a.tar.bz2", "a.tar.zst"]) {
  test(`ch-convert of a truncated ${name}`, () =>
    withFolder((folder) => {
      cutInHalf(makeTar(makeBigImage(join(folder, "image")), join(folder, name)));
      failsEverywhere(folder, name, /^error: cannot .*read "[^"]*a\.tar/);
    }));
}

test("ch-convert of a gzip file whose data are broken", () =>
  withFolder((folder) => {
    overwrite(
      makeTar(makeBigImage(join(folder, "image")), join(folder, "a.tar.gz")),
      100_000,
      5000,
    );
    failsEverywhere(folder, "a.tar.gz", /^error: cannot .*read "[^"]*a\.tar\.gz": /);
  }));

test("ch-convert of a compressed file that holds no archive", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "text"), "no archive\n".repeat(1000));
    must("gzip", join(folder, "text"));
    failsEverywhere(folder, "text.gz", /^error: cannot read "[^"]*text\.gz": not a tar archive/);
  }));

testAsUser("ch-convert of a directory with a file that cannot be read", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    writeFileSync(join(image, "secret"), "");
    chmodSync(join(image, "secret"), 0);
    failsEverywhere(folder, "image", /cannot read "[^"]*secret"/);
    chmodSync(join(image, "secret"), 0o600);
    mkdirSync(join(image, "closed"));
    chmodSync(join(image, "closed"), 0);
    failsEverywhere(folder, "image", /cannot read "[^"]*closed"/);
  }),
);

testAsUser("ch-convert of a file that may not be read", () =>
  withFolder((folder) => {
    chmodSync(makeTar(makeImage(join(folder, "image")), join(folder, "a.tar")), 0);
    failsEverywhere(folder, "a.tar", /cannot open "[^"]*a\.tar": Permission denied/);
  }),
);

test("ch-convert into a folder that is not there", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    const missing = run("ch-convert", [image, join(folder, "no/such/a.tar")]);
    assertRefused(missing, 1, `cannot write "${folder}/no/such/a.tar": No such file or directory`);
  }));

testAsUser("ch-convert into a folder that cannot be written", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "closed"), 0o555);
    const image = makeImage(join(folder, "image"));
    const closed = run("ch-convert", [image, join(folder, "closed/a.tar")]);
    assertRefused(closed, 1, `cannot write in "${folder}/closed": Permission denied`);
  }),
);

test("ch-convert without mksquashfs or unsquashfs names the package to install", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    makeSquash(image, join(folder, "a.sqfs"));
    const env = { PATH: "/no/such/folder" };
    for (const [program, input, output] of [
      ["mksquashfs", image, "b.sqfs"],
      ["unsquashfs", join(folder, "a.sqfs"), "b.tar"],
    ] as const) {
      const outcome = run("ch-convert", [input, join(folder, output)], { env });
      assertRefused(outcome, 1, `cannot find the program "${program}" in $PATH`);
      assert.match(outcome.stderr, "hint: install the package squashfs-tools");
    }
  }));

test("ch-convert that fails leaves what was there before", () =>
  withFolder((folder) => {
    makeTar(makeBigImage(join(folder, "image")), join(folder, "bad.tar"));
    cutInHalf(join(folder, "bad.tar"));
    writeFileSync(join(folder, "a.sqfs"), "the old one");
    copyFileSync(join(folder, "a.sqfs"), join(folder, "copy"));
    const outcome = run("ch-convert", [join(folder, "bad.tar"), join(folder, "a.sqfs")]);
    assertRefused(outcome, 1, /bad\.tar/);
    must("cmp", join(folder, "a.sqfs"), join(folder, "copy"));
  }));

test.run();
