/** A program's table, its --help and its man page say the same. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_FILES, parseOptions, type TextOption } from "../../doc/man/tables.ts";
import { commandOptions } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { optionSynopsis } from "../../lib/cli/options.ts";
import { readSource } from "./sources.ts";

const BIN = process.env["CH_STAGE_BIN"] ?? "";
const BUILD = process.env["CH_BUILD_DIR"] ?? "";
const SOURCE = process.env["CH_SOURCE_DIR"] ?? "";

const TABLES: Readonly<Record<string, readonly TextOption[]>> = {
  ...Object.fromEntries(
    Object.entries(OPTION_FILES).map(([program, file]) => [
      program,
      parseOptions(readSource(file)),
    ]),
  ),
  ...Object.fromEntries(
    COMMANDS.map((command) => [
      command.name,
      commandOptions(command).map((option) => ({
        synopsis: optionSynopsis(option),
        text: option.text,
      })),
    ]),
  ),
};

/** The page as it was built, or as the tarball has it. */
function manPage(program: string): string {
  const built = join(BUILD, "doc", `${program}.1`);
  return readFileSync(existsSync(built) ? built : join(SOURCE, "doc", `${program}.1`), "utf8");
}

/** Text without fonts and escapes. */
function readable(roff: string): string {
  return roff
    .replace(/\\f[BIR]/g, "")
    .replaceAll("\\(aq", "'")
    .replaceAll("\\(ga", "`")
    .replaceAll("\\(ha", "^")
    .replaceAll("\\(ti", "~")
    .replaceAll("\\-", "-")
    .replaceAll("\\&", "")
    .replaceAll("\\e", "\\");
}

function manOptions(program: string): readonly TextOption[] {
  const page = manPage(program);
  const section = page.slice(page.indexOf('\n.SH "OPTIONS"'), page.indexOf('\n.SH "EXIT STATUS"'));
  return [...section.matchAll(/^\.TP\n(.*)\n(.*)$/gm)].map(([, term = "", text = ""]) => ({
    synopsis: readable(term),
    text: readable(text),
  }));
}

/** Lines that begin with a dash are options; what follows, further in, is their text. */
function helpOptions(program: string): readonly TextOption[] {
  const help = execFileSync(join(BIN, program), ["--help"], { encoding: "utf8" });
  return help
    .split(/^ {2,6}(?=-)/m)
    .slice(1)
    .map((entry) => {
      const [synopsis = "", ...lines] = entry.split("\n");
      const end = lines.findIndex((line) => !line.startsWith("   "));
      return { synopsis, text: lines.slice(0, end).join(" ").trim().replace(/\s+/g, " ") };
    });
}

for (const [program, table] of Object.entries(TABLES)) {
  test(`${program} --help lists the options of its table`, () => {
    assert.equal(helpOptions(program), table);
  });

  test(`${program}(1) lists the options of its table`, () => {
    assert.equal(manOptions(program), table);
  });

  test(`${program} has options with names and letters of their own`, () => {
    const spellings = table.flatMap(({ synopsis }) =>
      synopsis.split(", ").map((spelling) => spelling.replace(/[[=].*/, "")),
    );
    assert.equal(spellings.length, new Set(spellings).size);
  });
}

test("every program that is installed has a table and a man page", () => {
  assert.equal(readdirSync(BIN).sort(), Object.keys(TABLES).sort());
  for (const program of readdirSync(BIN)) assert.ok(manPage(program).startsWith('.\\"'));
});

test.run();
