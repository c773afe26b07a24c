/** ch-convert: what its options and the names of its operands mean. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { messages, must, run, runAny, succeed } from "../helpers/program.ts";
import { paths } from "../helpers/tree.ts";

/** What unsquashfs says about an image: "Compression" -> "zstd". */
function superblock(image: string): string {
  return must("unsquashfs", "-s", image);
}

interface Inputs {
  readonly folder: string;
  readonly image: string;
  readonly tar: string;
  readonly sqfs: string;
}

/** A test with one image in all formats. */
function withInputs(test: (inputs: Inputs) => unknown): Promise<void> {
  return withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    for (const name of ["dev", "proc", "sys"]) mkdirSync(join(image, name));
    const tar = makeTar(image, join(folder, "image.tar"));
    return test({ folder, image, tar, sqfs: makeSquash(image, join(folder, "image.sqfs")) });
  });
}

test("ch-convert writes zstd level 3 in blocks of 128 KiB unless told otherwise", () =>
  withInputs(({ folder, image, tar }) => {
    for (const [input, name] of [
      [image, "a.sqfs"],
      [tar, "b.sqfs"],
    ] as const) {
      succeed("ch-convert", input, join(folder, name));
      const said = superblock(join(folder, name));
      assert.match(said, "Compression zstd");
      assert.match(said, "compression-level 3");
      assert.match(said, "Block size 131072");
    }
  }));

const COMPRESSIONS: readonly (readonly [string, RegExp])[] = [
  ["gzip:9", /Compression gzip/],
  ["lzo", /Compression lzo/],
  ["lz4", /Compression lz4/],
  ["xz", /Compression xz/],
  ["zstd:19", /Compression zstd.*compression-level 19/s],
];

for (const [wish, expected] of COMPRESSIONS) {
  test(`ch-convert --compress=${wish} does so`, () =>
    withInputs(({ folder, tar }) => {
      const algorithm = wish.replace(/:.*/, "");
      const help = runAny("sh", ["-c", "mksquashfs -help; mksquashfs -help-all"]);
      if (!(help.stdout + help.stderr).includes(algorithm)) {
        console.log(`SKIP: mksquashfs here has no ${algorithm}`);
        return;
      }
      succeed("ch-convert", `--compress=${wish}`, tar, join(folder, "a.sqfs"));
      assert.match(superblock(join(folder, "a.sqfs")), expected);
    }));
}

test("ch-convert --block-size and --jobs reach mksquashfs", () =>
  withInputs(({ folder, image }) => {
    const out = join(folder, "a.sqfs");
    const { status, stderr } = run("ch-convert", ["-vv", "-j1", "--block-size=1M", image, out]);
    assert.is(status, 0);
    assert.match(superblock(out), "Block size 1048576");
    assert.match(stderr, "-processors 1");
  }));

test("ch-convert --compress names the compression of a tar archive whose name does not", () =>
  withInputs(({ folder, image }) => {
    succeed("ch-convert", "-o", "tar", "--compress=xz", image, join(folder, "archive"));
    assert.is(readFileSync(join(folder, "archive")).subarray(0, 4).toString("hex"), "fd377a58");
  }));

test("ch-convert --out-fmt outweighs the name", () =>
  withInputs(({ folder, image, sqfs }) => {
    succeed("ch-convert", "-o", "squash", image, join(folder, "x.tar"));
    assert.is(readFileSync(join(folder, "x.tar")).subarray(0, 4).toString(), "hsqs");
    succeed("ch-convert", "--out-fmt=dir", sqfs, join(folder, "y.tar"));
    assert.ok(statSync(join(folder, "y.tar")).isDirectory());
  }));

test("ch-convert --in-fmt is a claim that is checked", () =>
  withInputs(({ folder, sqfs }) => {
    const { status, stderr } = run("ch-convert", ["-i", "tar", sqfs, join(folder, "out/")]);
    assert.is(status, 1);
    assert.equal(messages(stderr), [
      `error: cannot convert "${sqfs}": not a tar archive`,
      "hint: it is a SquashFS image",
    ]);
    succeed("ch-convert", "-i", "squash", sqfs, join(folder, "out/"));
  }));

test("ch-convert --dry-run says what it would do and does nothing", () =>
  withInputs(({ folder, tar, image }) => {
    const before = readdirSync(folder);
    assert.is(
      succeed("ch-convert", "-n", tar, join(folder, "a.sqfs")),
      `input:  tar archive "${tar}"\noutput: SquashFS image "${folder}/a.sqfs"\n`,
    );
    assert.match(succeed("ch-convert", "-n", tar, image), "(replaces the existing image)");
    assert.equal(readdirSync(folder), before);
  }));

test("ch-convert is silent on success, and talks with --verbose", () =>
  withInputs(({ folder, image }) => {
    const quiet = run("ch-convert", [image, join(folder, "a.tar")]);
    assert.equal([quiet.stdout, quiet.stderr], ["", ""]);
    const { stdout, stderr } = run("ch-convert", ["-v", image, join(folder, "b.tar")]);
    assert.is(stdout, "");
    assert.match(stderr, /^ch-convert\[\d+\]: input: {2}directory/);
  }));

test("ch-convert replaces files and images", () =>
  withInputs(({ image, tar, sqfs }) => {
    writeFileSync(join(image, "old"), "");
    succeed("ch-convert", tar, image);
    assert.not(existsSync(join(image, "old")));
    writeFileSync(tar, "old");
    succeed("ch-convert", sqfs, tar);
    assert.match(must("tar", "-tf", tar), "bin/busybox");
  }));

test("ch-convert --no-clobber replaces nothing", () =>
  withInputs(({ folder, image, tar, sqfs }) => {
    const before = paths(folder);
    for (const [input, output] of [
      [tar, image],
      [image, tar],
      [image, sqfs],
    ] as const) {
      const { status, stderr } = run("ch-convert", ["--no-clobber", input, output]);
      assert.is(status, 1);
      assert.equal(messages(stderr), [`error: cannot write "${output}": it exists`]);
    }
    assert.equal(paths(folder), before);
    assert.is(readFileSync(sqfs).subarray(0, 4).toString(), "hsqs");
    succeed("ch-convert", "--no-clobber", tar, join(folder, "new.sqfs"));
  }));

test("ch-convert leaves a directory that is no image alone", () =>
  withInputs(({ folder, tar }) => {
    const home = join(folder, "home");
    mkdirSync(home);
    writeFileSync(join(home, "thesis"), "years of work");
    const { status, stderr } = run("ch-convert", [tar, home]);
    assert.is(status, 1);
    assert.equal(messages(stderr), [`error: ${home} exists but does not appear to be an image`]);
    assert.is(readFileSync(join(home, "thesis"), "utf8"), "years of work");
    assert.equal(readdirSync(home), ["thesis"]);
  }));

test("ch-convert does not destroy its own input", () =>
  withInputs(({ folder, image, tar }) => {
    must("mv", tar, join(image, "inside.tar"));
    for (const [input, output] of [
      [join(image, "inside.tar"), image],
      [image, join(image, "out.sqfs")],
    ] as const) {
      const { status, stderr } = run("ch-convert", [input, output]);
      assert.is(status, 1);
      assert.match(stderr, "lie in one another");
    }
    assert.ok(existsSync(join(image, "inside.tar")));
    assert.not(existsSync(join(image, "out.sqfs")));
    assert.ok(existsSync(folder));
  }));

test("ch-convert --tmp and $TMPDIR choose where trees are unpacked", () =>
  withInputs(({ folder, sqfs }) => {
    const out = join(folder, "a.tar");
    const given = run("ch-convert", ["--tmp=/no/such", sqfs, out]);
    assert.is(given.status, 1);
    assert.match(given.stderr, 'cannot write in "/no/such": No such file or directory');
    const fromEnv = run("ch-convert", [sqfs, out], { env: { TMPDIR: "/no/such" } });
    assert.is(fromEnv.status, 1);
    assert.not(existsSync(out));
    mkdirSync(join(folder, "tmp"));
    succeed("ch-convert", `--tmp=${join(folder, "tmp")}`, sqfs, out);
    assert.equal(readdirSync(join(folder, "tmp")), []);
  }));

test("ch-convert takes paths as they are written: relative, spaces, leading dash", () =>
  withInputs(({ folder }) => {
    const cwd = folder;
    must("mv", join(folder, "image.tar"), join(folder, "-a b.tar"));
    for (const args of [
      ["--", "-a b.tar", "-c d.sqfs"],
      ["--", "-c d.sqfs", "-e f/"],
      ["--", "-e f", "-g h.sqfs"],
      ["./-g h.sqfs", "./e f"],
    ]) {
      const { status, stderr } = run("ch-convert", args, { cwd });
      assert.is(status, 0, stderr);
    }
    assert.ok(existsSync(join(folder, "e f/bin/busybox")));
  }));

const MISUSES: readonly (readonly [string, RegExp])[] = [
  ["IMAGE", /operand OUT is missing/],
  ["IMAGE a.tar b.tar", /one operand too many: "b.tar"/],
  ["IMAGE ./a.OUT", /cannot tell the format of "\.\/a\.OUT"/],
  ["IMAGE OUT", /"OUT" is no image reference/],
  ["IMAGE OUT/", /input and output are both a directory/],
  ["TAR a.tar.xz", /input and output are both a tar archive/],
  ["SQFS a.sqfs", /input and output are both a SquashFS image/],
  ["-i zip IMAGE a.tar", /unknown format "zip"/],
  ["-o zip IMAGE a.tar", /unknown format "zip"/],
  ["--compress=zip IMAGE a.sqfs", /cannot compress SquashFS with "zip"/],
  ["--compress=gzip IMAGE a.tar.xz", /contradicts the name/],
  ["--compress=gzip TAR a/", /--compress has no meaning for a directory/],
  ["--block-size=5 IMAGE a.sqfs", /invalid block size "5"/],
  ["--block-size=4K IMAGE a.tar", /--block-size is for SquashFS output only/],
  ["-j0 IMAGE a.sqfs", /invalid number of jobs "0"/],
];

for (const [line, expected] of MISUSES) {
  test(`ch-convert ${line} is a usage error`, () =>
    withInputs(({ folder, image, tar, sqfs }) => {
      const words: Readonly<Record<string, string>> = { IMAGE: image, TAR: tar, SQFS: sqfs };
      const before = readdirSync(folder);
      const args = line.split(" ").map((word) => words[word] ?? word);
      const { status, stdout, stderr } = run("ch-convert", args, { cwd: folder });
      assert.is(status, 2);
      assert.is(stdout, "");
      assert.match(messages(stderr)[0] ?? "", /^error: /);
      assert.match(stderr, expected);
      assert.equal(readdirSync(folder), before);
    }));
}

test.run();
