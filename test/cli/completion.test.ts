/** Completion in real shells: what they offer is what the tables say. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { type Completion, programOf } from "../../doc/completion/program.ts";
import { OPTION_FILES } from "../../doc/man/tables.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { offered, SHELLS, type Shell } from "../helpers/completion.ts";
import { withFolder } from "../helpers/folder.ts";
import { run } from "../helpers/program.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const SOURCE = process.env["CH_SOURCE_DIR"] ?? ".";
const PROGRAMS = [...Object.keys(OPTION_FILES), ...COMMANDS.map(({ name }) => name)];

/** The long options of a program that begin with `prefix`. */
function long(program: string, prefix: string): readonly string[] {
  return optionsOf(program)
    .flatMap(({ spellings }) => spellings)
    .filter((spelling) => spelling.startsWith(prefix))
    .sort();
}

function optionsOf(program: string): readonly Completion[] {
  return programOf(SOURCE, program).options;
}

/** The name of an option's argument, and what fits in its place. */
const LINES: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ["ch-run --b", ["--bind"]],
  ["ch-run -b /usr --un", ["--unset-env"]],
  ["ch-run --feature s", ["seccomp", "squash"]],
  ["ch-run --uid 0 --feature ov", ["overlayfs"]],
  ["ch-run /usr -", []],
  ["ch-run -v --cd /usr /usr --b", []],
  ["ch-convert /usr --no-x", ["--no-xattrs"]],
  ["ch-convert -o s", ["squash"]],
  ["ch-convert --jobs ", []],
  ["ch-image un", ["undelete"]],
  ["ch-image --storage /usr re", ["rename", "reset"]],
  ["ch-image pull undel", []],
];

function describeShell(shell: Shell): void {
  const present = spawnSync(shell.name, ["-c", "exit"]).status === 0;
  const shellTest = testIf(present, `no ${shell.name} here`);

  for (const program of PROGRAMS) {
    shellTest(`${shell.name}: ${program} -- offers the options of the table`, () => {
      assert.equal(offered(shell, `${program} --`), long(program, "--"));
    });
  }
  for (const [line, expected] of LINES) {
    shellTest(`${shell.name}: "${line}" offers [${expected.join(" ")}]`, () => {
      assert.equal(offered(shell, line), expected);
    });
  }
  shellTest(`${shell.name}: a path is offered where one is wanted`, () =>
    withFolder((folder) => {
      mkdirSync(join(folder, "a-folder"));
      writeFileSync(join(folder, "a-file"), "");
      const names = (line: string) =>
        offered(shell, line).map((path) => path.replace(/\/$/, "").replace(/.*\//, ""));
      assert.equal(names(`ch-run --cd ${folder}/a`), ["a-folder"]);
      assert.equal(names(`ch-run --bind ${folder}/a`), ["a-file", "a-folder"]);
      assert.equal(names(`ch-run -t ${folder}/a`), ["a-file", "a-folder"]);
      assert.equal(names(`ch-convert ${folder}/a`), ["a-file", "a-folder"]);
    }),
  );
}

for (const shell of SHELLS) describeShell(shell);

testIf(SHELLS.length > 0, "no shell")("the features that are offered are those of ch-run", () => {
  const values = optionsOf("ch-run").find(({ spellings }) => spellings.includes("--feature"))
    ?.argument?.values;
  const { stderr } = run("ch-run", ["--feature", "none"]);
  const [, list = ""] = /there are: (.*)/.exec(stderr) ?? [];
  assert.equal(values, list.split(", "));
});

runConditional();
