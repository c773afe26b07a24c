/** How messages look, whatever they say: --usage, --color, --test and --warnings. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { helper } from "../helpers/native-helper.ts";
import { installed, messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";

test("ch-run --usage prints how it is called, in an empty environment too", () => {
  const usage = "Usage: ch-run [OPTION...] IMAGE [--] [COMMAND [ARG...]]\n";
  assert.is(assertDone(chRun(["--usage"])), usage);
  assert.is(assertDone(chRun(["--usage"], { env: { PATH: "" } })), usage);
});

/** Options before --test, and what is said. */
const LEVELS: readonly (readonly [string, readonly string[]])[] = [
  ["-qq", []],
  ["-q", []],
  ["", ["warning: test: warning"]],
  ["-v", ["test: info", "warning: test: warning"]],
  ["-vv", ["test: debug", "test: info", "warning: test: warning"]],
  ["-vvv", ["test: trace", "test: debug", "test: info", "warning: test: warning"]],
];

/** Without "(file.c:LINE)" */
function texts(stderr: string): readonly string[] {
  return messages(stderr).map((line) => line.replace(/ \(self_test\.c:\d+\)$/, ""));
}

for (const [option, said] of LEVELS) {
  test(`ch-run ${option} --test=log says something at each level`, () => {
    const { status, stderr } = chRun([option, "--test=log"].filter(Boolean));
    assert.equal([status, texts(stderr)], [0, said]);
  });
}

test("ch-run --test=log-fail ends with an error", () => {
  const { status, stderr } = chRun(["--test=log-fail"]);
  const said = ["warning: test: warning", "error: test: error", "hint: test: hint"];
  assert.equal([status, texts(stderr)], [31, said]);
  assert.is(chRun(["-qqq", "--test=log-fail"]).stderr, "");
  assertRefused(chRun(["--test=no"]), 64, 'option "--test=no": not "log" or "log-fail"');
});

test("ch-run -v repeats warnings behind an error, where they may be far above", () => {
  const { stderr } = chRun(["-v", "--test=log-fail"]);
  assert.equal(texts(stderr).slice(-2), ["what was warned of before:", "warning: test: warning"]);
});

test("ch-run --warnings=N warns N times", () => {
  const { status, stderr } = chRun(["--warnings=3"]);
  const said = [1, 2, 3].map((number) => `warning: test: warning ${number} of 3`);
  assert.equal([status, texts(stderr)], [0, said]);
  assert.is(chRun(["-q", "--warnings=3"]).stderr, "");
  assert.is(chRun(["--warnings=x"]).status, 64);
});

test("ch-run --color colors warnings and errors, by default only on a terminal", () => {
  for (const option of ["--color", "--color=always"]) {
    const { stderr } = chRun([option, "--test=log-fail"]);
    const lines = stderr.trimEnd().split("\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colors are made of these
    for (const line of lines) assert.match(line, /^\x1b\[[\d;]+mch-run\[\d+\]: .*\x1b\[0m$/);
    assert.is(lines.length, 3);
  }
  for (const options of [[], ["--color=auto"], ["--color=never"]])
    assert.not.match(chRun([...options, "--test=log-fail"]).stderr, "\x1b");
  assertRefused(chRun(["--color=red"]), 64, /: option "--color=red": not "auto", "always" or /);
});

test("ch-run on a terminal has colors, unless it or $NO_COLOR says otherwise", () => {
  const on = (env: Readonly<Record<string, string>>) =>
    runLimited(helper("on-terminal"), ["--", installed("ch-run"), "--test=log-fail"], { env });
  assert.match(on({ TERM: "xterm" }).stdout, "\x1b[33mch-run[");
  for (const env of [{}, { TERM: "dumb" }, { TERM: "xterm", NO_COLOR: "1" }])
    assert.not.match(on(env).stdout, "\x1b[33m");
});

test("ch-run --color leaves what the command says alone", () => {
  const outcome = chRun(["--color", directoryImage(), "--", "echo", "plain"]);
  assert.is(assertDone(outcome), "plain\n");
});

test.run();
