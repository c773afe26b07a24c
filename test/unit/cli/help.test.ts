import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage } from "../../../lib/cli/ch-image.ts";
import { commandOptions } from "../../../lib/cli/command.ts";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { helpText, wrap } from "../../../lib/cli/help.ts";
import { optionSynopsis } from "../../../lib/cli/options.ts";

test("wrap() breaks lines before the width and indents them", () => {
  const text = "word ".repeat(40).trim();
  for (const line of wrap(text, 8).split("\n")) {
    assert.ok(line.length <= 80);
    assert.match(line, /^ {8}word/);
  }
  assert.is(wrap(text, 8).replace(/\s+/g, " ").trim(), text);
});

test("wrap() leaves a word that is too long in one piece", () => {
  const word = "x".repeat(100);
  assert.is(wrap(`a ${word} b`, 2), `  a\n  ${word}\n  b`);
});

test("optionSynopsis() lists every spelling", () => {
  const option = { name: "in-fmt", short: "i", argument: "FORMAT", text: "" };
  assert.is(optionSynopsis(option), "-i, --in-fmt=FORMAT");
  assert.is(optionSynopsis({ name: "xattrs", negatable: true, text: "" }), "--xattrs, --no-xattrs");
});

for (const command of COMMANDS) {
  test(`helpText() of ${command.name} has every option, operand and example`, () => {
    const help = helpText(command);
    for (const option of commandOptions(command)) assert.match(help, optionSynopsis(option));
    for (const { name } of command.operands) assert.match(help, `\n  ${name}\n`);
    for (const { commands } of command.examples) {
      for (const line of commands) assert.match(help, `$ ${line}\n`);
    }
  });

  test(`helpText() of ${command.name} fits a terminal`, () => {
    for (const line of helpText(command).split("\n")) assert.ok(line.length <= 80, line);
  });

  test(`${command.name} declares every option once`, () => {
    const options = commandOptions(command);
    const names = options.map(({ name }) => name);
    const letters = options.flatMap(({ short }) => short ?? []);
    assert.is(new Set(names).size, names.length);
    assert.is(new Set(letters).size, letters.length);
  });
}

test("helpText() of an action has what is for it, and nothing else", () => {
  for (const { name, operands, options } of chImage.actions ?? []) {
    const help = helpText(chImage, name);
    assert.match(help, new RegExp(`^usage: ch-image \\[OPTION...\\] ${name}\\b`));
    for (const operand of operands) assert.match(help, `\n  ${operand.name}\n`);
    for (const option of chImage.options) {
      assert.is(help.includes(`\n  ${optionSynopsis(option)}\n`), options.includes(option.name));
    }
    for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
  }
});

test("helpText() of no action is that of the command", () => {
  assert.is(helpText(chImage, "nothing"), helpText(chImage));
});

test.run();
