/** What all front ends have in common. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commandUsage } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { helpText } from "../../lib/cli/help.ts";
import { installed, messages, run } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";

for (const command of COMMANDS) {
  const { name, operands } = command;
  const usageHint = `hint: usage: ${commandUsage(command)}`;

  test(`${name} --help prints the help on standard output`, () => {
    assert.equal(run(name, ["--help"]), {
      status: 0,
      signal: null,
      stdout: helpText(command),
      stderr: "",
    });
  });

  test(`${name} --version and -V print the version`, () => {
    const { stdout } = run(name, ["--version"]);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.is(run(name, ["-V"]).stdout, stdout);
  });

  test(`${name} refuses an unknown option`, () => {
    const { status, stderr } = run(name, ["--verbos"]);
    assert.is(status, 2);
    const lines = messages(stderr);
    assert.equal(lines, ['error: unknown option "--verbos"', "hint: did you mean --verbose?"]);
    assert.match(stderr, new RegExp(`^${name}\\[\\d+\\]: `));
  });

  test(`${name} refuses missing and extra operands`, () => {
    const none = run(name, []);
    assert.is(none.status, 2);
    const expected = [`error: operand ${operands[0]?.name} is missing`, usageHint];
    assert.equal(messages(none.stderr), expected);
    if (operands.some(({ repeatable }) => repeatable)) return;
    const many = run(name, [...operands.map((operand) => operand.name), "extra"]);
    assert.is(many.status, 2);
    assert.equal(messages(many.stderr), ['error: one operand too many: "extra"', usageHint]);
  });

  test(`${name} refuses --quiet with --verbose`, () => {
    const args = ["-qv", ...operands.map((operand) => operand.name)];
    const { status, stderr } = run(name, args);
    assert.is(status, 2);
    assert.equal(messages(stderr), ["error: --quiet and --verbose exclude each other"]);
  });

  test(`${name} needs no environment`, () => {
    const { status } = spawnSync(installed(name), ["--help"], { env: {} });
    assert.is(status, 0);
  });
}

test("an action's --help is about that action", () => {
  const outcome = run("ch-image", ["df", "--help"]);
  assert.match(assertDone(outcome), /^usage: ch-image \[OPTION\.\.\.\] df\n/);
  assert.is(run("ch-image", ["--help", "df"]).stdout, outcome.stdout);
});

test.run();
