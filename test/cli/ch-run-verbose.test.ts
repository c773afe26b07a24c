/** What ch-run says of its work at each level of --verbose and --quiet, and in which order. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, shell } from "../helpers/ch-run.ts";
import { directoryImage, images, squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const directory = directoryImage();
const testMounted = testIf(squashWay === "mounted", "SquashFS images are not mounted here");

/** "IMAGE" stands for the path of the image. */
const PLAN = [
  "verbosity: 2",
  /^newroot: \/\S*$/,
  /^container uid: \d+$/,
  /^container gid: \d+$/,
  "join: 0",
  "private /tmp: 0",
];
const IDS = [/^container ids: uids=(\d+),\1,\1$/, /^container ids: gids=(\d+),\1,\1, \d+ suppl/];
const EXEC = 'exec: "echo" "hello" "a b"';

/** Each line of standard error without its frame: program, process, place in the source. */
function lines(stderr: string): string[] {
  const pids = new Set<string>();
  const texts = stderr
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, pid = "", text = ""] =
        /^ch-run\[(\d+)\]: (.*?)(?: \([\w-]+\.c:\d+\))?$/.exec(line) ?? [];
      pids.add(pid);
      return text;
    });
  assert.is(pids.size, 1, stderr);
  return texts;
}

function assertLines(actual: readonly string[], expected: readonly (string | RegExp)[]): void {
  assert.is(actual.length, expected.length, actual.join("\n"));
  for (const [index, text] of expected.entries())
    assert.match(actual[index] ?? "", asPattern(text));
}

function asPattern(text: string | RegExp): RegExp {
  if (text instanceof RegExp) return text;
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}

test("ch-run -vv tells the steps of running a directory", () => {
  const { status, stdout, stderr } = chRun(["-vv", directory, "--", "echo", "hello", "a b"]);
  assert.equal([status, stdout], [0, "hello a b\n"]);
  assertLines(lines(stderr), [...PLAN, `mounting: ${directory}`, ...IDS, EXEC]);
});

test("ch-run -vv ends each step in the place of our source that tells it", () => {
  const { stderr } = chRun(["-vv", directory, "--", "true"]);
  assert.match(stderr, /^ch-run\[\d+\]: verbosity: 2 \(ch-run\.c:\d+\)\n/m);
  assert.match(stderr, /^ch-run\[\d+\]: mounting: .* \(\w+\.c:\d+\)\n/m);
  assert.not.match(chRun(["-v", "/no/such", "true"]).stderr, /\.c:\d/);
});

testMounted("ch-run -vv tells the steps of running a SquashFS image, the last one too", () => {
  const image = squashImage();
  const { status, stdout, stderr } = chRun(["-vv", image, "--", "echo", "hello", "a b"]);
  assert.equal([status, stdout], [0, "hello a b\n"]);
  const mounting = `mounting: ${image}`;
  const unmounting = `unmounting: ${image}`;
  assertLines(lines(stderr), [
    "magic number: 73717368",
    ...PLAN,
    mounting,
    ...IDS,
    EXEC,
    unmounting,
  ]);
});

testMounted("ch-run -vv prints the steps before the command's output, unmounting after it", () => {
  const { stdout } = shell('exec "$0" -vv "$1" -- echo hello 2>&1', [squashImage()]);
  assert.match(stdout, /exec: "echo" "hello" \(.*\)\nhello\nch-run\[\d+\]: unmounting: .*\n$/);
});

for (const [kind, image] of images()) {
  test(`ch-run -vv of a ${kind} lets a pipe end`, () => {
    const { status, stdout } = shell('"$0" -vv "$1" -- true 2>&1 | cat', [image]);
    assert.is(status, 0);
    assert.match(stdout, 'exec: "true"');
  });

  test(`ch-run without -v says nothing of a ${kind} that runs, and with it no steps`, () => {
    assert.is(chRun([image, "--", "true"]).stderr, "");
    assert.not.match(chRun(["-v", image, "--", "true"]).stderr, /exec:|mounting:/);
  });

  test(`ch-run -vvv of a ${kind} names every bind and change of the environment as well`, () => {
    const { status, stderr } = chRun(["-vvv", "--set-env=A=b", image, "--", "true"]);
    assert.is(status, 0);
    const found = lines(stderr);
    for (const text of ["verbosity: 3", 'bind: "/dev" to "/dev"', "environment: A=b"]) {
      assert.ok(found.includes(text), `${text} in\n${stderr}`);
    }
  });
}

test("ch-run leaves a command's standard error alone", () => {
  const { stderr } = chRun(["-q", directory, "--", "sh", "-c", "echo told >&2"]);
  assert.is(stderr, "told\n");
});

const NO_PATH = ["--unset-env=PATH", "--set-env=A=b"];

/** Options, whether the warning of an unset $PATH, the output, and an error are shown. */
const LEVELS: readonly (readonly [readonly string[], boolean, boolean, boolean])[] = [
  [[], true, true, true],
  [["-q"], false, true, true],
  [["-qq"], false, false, true],
  [["-q", "-q", "-q"], false, false, false],
  [["--quiet", "--quiet"], false, false, true],
  [["-v"], true, true, true],
];

for (const [options, warns, prints, complains] of LEVELS) {
  const shown = options.join(" ") || "without -q and -v";
  test(`ch-run ${shown}: warnings ${warns}, output ${prints}, errors ${complains}`, () => {
    const script = 'unset PATH; exec "$0" "$@"';
    const words = [
      ...options,
      ...NO_PATH,
      directory,
      "--",
      "/bin/sh",
      "-c",
      "echo out; echo err >&2",
    ];
    const good = shell(script, words);
    assert.equal([good.status, good.stdout], [0, prints ? "out\n" : ""]);
    assert.is(/: warning: \$PATH is not set\n/.test(good.stderr), warns, good.stderr);
    assert.match(good.stderr, /^err\n$/m);
    const bad = chRun([...options, directory, "--", "bogus"]);
    assert.equal([bad.status, /: error: /.test(bad.stderr)], [49, complains]);
  });
}

test.run();
