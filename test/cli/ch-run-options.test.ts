/** ch-run's command line: what is an option, what is not, and what --help and --version say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, squashWay } from "../helpers/root-image.ts";

const USAGE = 64;
const TEST_A = ["sh", "-c", 'test -z "$A"'];
const A_IS_SET = { env: { A: "1" } };
const image = directoryImage();

const WRONG: readonly (readonly [readonly string[], string | RegExp])[] = [
  [["-v"], "no image given"],
  [["--"], "no image given"],
  [[image], `no command given to run in image "${image}"`],
  [[image, "--"], `no command given to run in image "${image}"`],
  [["--bogus", image, "true"], /^error: unknown, .* option "--bogus"$/],
  [["--unsafe", image, "true"], /^error: unknown, .* option "--unsafe"$/],
  [["-Z", image, "true"], 'unknown option "-Z"'],
  [["-vZ", image, "true"], 'unknown option "-Z"'],
  [["--u", image, "true"], /^error: unknown, .* option "--u"$/],
  [["--home=/x", image, "true"], /^error: unknown, .* option "--home=\/x"$/],
  [["--uid"], 'option "--uid" needs an argument'],
  [["-b"], 'option "-b" needs an argument'],
  [["--verbose", "-q", image, "true"], /exclude each other$/],
  [["-q", "--verbose", image, "true"], /exclude each other$/],
  [["-vvvv", image, "true"], 'option "--verbose" may be given three times at most'],
  [["-w", "-W", image, "true"], 'options "--write" and "--write-fake" exclude each other'],
  [["-w", "--home", image, "true"], /^error: options "--write" and "--home" exclude each other/],
  [["--write-fake=much", image, "true"], /^error: option "--write-fake=much": not a size/],
  [["--write-fake=1mm", image, "true"], /^error: option "--write-fake=1mm": not a size/],
  [["-W-1", image, "true"], /^error: option "--write-fake=-1": not a size/],
  [["--write-fake=", image, "true"], /^error: option "--write-fake=": not a size/],
  [["--uid=", image, "true"], /^error: option "--uid=": not a number/],
  [["--uid=root", image, "true"], /^error: option "--uid=root": not a number/],
  [["--uid=-1", image, "true"], /^error: option "--uid=-1": not a number/],
  [["--uid= 1", image, "true"], /^error: option "--uid= 1": not a number/],
  [["-u", "+1", image, "true"], /^error: option "--uid=\+1": not a number/],
  [["--gid=1x", image, "true"], /^error: option "--gid=1x": not a number/],
  [["--gid=0x10", image, "true"], /^error: option "--gid=0x10": not a number/],
  [["--gid=4294967295", image, "true"], /^error: option "--gid=4294967295": not a number/],
  [["--gid=99999999999999999999", image, "true"], /: not a number from 0 to 4294967294$/],
  [["--fuse-cache=much", image, "true"], /^error: option "--fuse-cache=much": not a size/],
  [["--fuse-threads=0", image, "true"], /^error: option "--fuse-threads=0": not a number from 1/],
  [["--squashfs-engine=x", image, "true"], /: not "builtin" or "squashfuse"$/],
  [["--bind=", image, "true"], /^error: cannot bind "": an empty path/],
  [["--bind=/etc:", image, "true"], /^error: cannot bind "\/etc:": an empty path/],
  [["--bind=:/etc", image, "true"], /^error: cannot bind ":\/etc": an empty path/],
  [["--bind=/etc:mnt", image, "true"], /: destination "mnt" is not an absolute path$/],
  [["--fuse-linger=soon", image, "true"], /"--fuse-linger=soon": not a number from 0 to 86400$/],
  [["--fuse-linger=86401", image, "true"], /"--fuse-linger=86401": not a number from 0 to 86400$/],
  [["--no-fuse-share", "--fuse-linger=1", image, "true"], /exclude each other$/],
  [["--join-ct=0", image, "true"], /^error: option "--join-ct=0": not a number from 1/],
  [
    ["--join-ct=auto", image, "true"],
    /^error: option "--join-ct=auto": nothing in the environment/,
  ],
  [["--join-pid=0", image, "true"], /^error: option "--join-pid=0": not a number from 1/],
  [["--join-tag=", image, "true"], 'option "--join-tag" needs a tag'],
  [["--join", "--join-pid=1", image, "true"], /"--join-pid" and "--join" exclude each other$/],
  [["-W", "--join-pid=1", image, "true"], /"--join-pid" and "--write-fake" exclude each other$/],
  [["--overlay=/x", "--join-pid=1", image, "true"], /"--join-pid" and "--overlay" exclude/],
  [["--unset-env=", image, "true"], 'option "--unset-env" needs a glob'],
];

for (const [args, error] of WRONG) {
  const shown = args.join(" ").replaceAll(image, "IMAGE");
  test(`ch-run ${shown} is a usage error`, () => assertRefused(chRun(args), USAGE, error));
}

test("ch-run without arguments prints its help and exits with status 1", () => {
  const { status, stdout, stderr } = chRun([]);
  assert.equal([status, stderr], [1, ""]);
  assert.is(stdout, assertDone(chRun(["--help"])));
});

/** The names of the options in the one table where they are declared. */
function declared(): string[] {
  const table = join(process.env["CH_SOURCE_DIR"] ?? ".", "src-native/run/options.def");
  const found = readFileSync(table, "utf8").matchAll(/^CH_OPTION\("([a-z-]+)"/gm);
  return [...found].flatMap(([, name]) => name ?? []);
}

for (const option of ["--help", "-h"]) {
  test(`ch-run ${option} names every option, in lines that a terminal holds`, () => {
    const lines = assertDone(chRun([option])).split("\n");
    assert.match(
      lines[0] ?? "",
      /^Usage: ch-run \[OPTION\.\.\.\] IMAGE \[--\] \[COMMAND \[ARG\.\.\.\]\]$/,
    );
    for (const name of declared()) {
      assert.ok(
        lines.some((line) => new RegExp(`^ +(-\\w, )?--${name}([[=]|$)`).test(line)),
        name,
      );
    }
    assert.equal(
      lines.filter((line) => line.length > 80),
      [],
    );
  });
}

for (const option of ["--version", "-V"]) {
  test(`ch-run ${option} prints a version and nothing else`, () => {
    const { status, stdout, stderr } = chRun([option]);
    assert.is(status, 0);
    assert.match(stdout + stderr, /^\d+\.\d+\S*\n$/);
  });
}

const PASSED_ON: readonly (readonly string[])[] = [
  [image, "echo", "-n", "--help", "-v", "--"],
  [image, "--", "echo", "-n", "--help", "-v", "--"],
  ["--", image, "--", "echo", "-n", "--help", "-v", "--"],
  ["-c", "/", image, "echo", "-n", "--help", "-v", "--"],
];

for (const args of PASSED_ON) {
  const shown = args.join(" ").replace(image, "IMAGE");
  test(`ch-run ${shown}: options end at the image`, () => {
    assert.is(assertDone(chRun(args)), "--help -v --");
  });
}

test("ch-run passes arguments on as they are", () => {
  const odd = ["", " ", "a b", "*", "$HOME", "new\nline", '"', "\\", "ümlaut"];
  const printed = assertDone(chRun([image, "--", "printf", "%s|", ...odd]));
  assert.is(printed, odd.map((word) => `${word}|`).join(""));
});

test("ch-run takes an option's argument in any of its forms", () => {
  for (const args of [["-c/etc"], ["-c", "/etc"], ["--cd=/etc"], ["--cd", "/etc"]]) {
    assert.is(assertDone(chRun([...args, image, "pwd"])), "/etc\n");
  }
});

test("ch-run -qqqq is a usage error that is not even told", () => {
  const { status, stdout, stderr } = chRun(["-qqqq", image, "true"]);
  assert.equal([status, stdout, stderr], [USAGE, "", ""]);
});

/** What a feature is for, tried. */
const FEATURES: readonly (readonly [string, () => boolean])[] = [
  ["extglob", () => chRun(["--unset-env=@(A|B)", image, ...TEST_A], A_IS_SET).status === 0],
  ["overlayfs", () => chRun(["--write-fake", image, "touch", "/new"]).status === 0],
  ["squash", () => squashWay === "mounted"],
];

for (const [feature, works] of FEATURES) {
  test(`ch-run --feature=${feature} answers, by its status alone, whether that works`, () => {
    const { status, stdout, stderr } = chRun(["--feature", feature]);
    assert.equal([status, stdout, stderr], [works() ? 0 : 87, "", ""]);
  });
}

for (const feature of ["bogus", ""]) {
  test(`ch-run --feature="${feature}" is an error`, () => {
    assertRefused(chRun([`--feature=${feature}`]), 31, `unknown feature "${feature}"`);
  });
}

test.run();
