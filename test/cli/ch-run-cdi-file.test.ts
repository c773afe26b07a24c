/** ch-run --cdi: files of specifications, in JSON and YAML. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { must, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const testYaml = testIf(process.env["CH_TEST_YAML"] === "yes", "built without libyaml");
const testNoYaml = testIf(process.env["CH_TEST_YAML"] !== "yes", "built with libyaml");

/** As nvidia-ctk writes it. */
const YAML = `---
cdiVersion: 0.5.0
containerEdits:
  env:
  - NVIDIA_VISIBLE_DEVICES=void
  hooks:
  - args:
    - nvidia-cdi-hook
    - create-symlinks
    - --link
    - libcuda.so.1::/usr/lib/libcuda.so
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/null
  name: "0"
kind: nvidia.com/gpu
`;

function run(folder: string): Outcome {
  const script = 'echo "$NVIDIA_VISIBLE_DEVICES"; readlink /usr/lib/libcuda.so';
  return chRun(["-d", "-q", `--cdi-dirs=${folder}`, directoryImage(), "--", "sh", "-c", script]);
}

testYaml("ch-run --cdi reads YAML", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "nvidia.yaml"), YAML);
    assert.is(assertDone(run(folder)), "void\nlibcuda.so.1\n");
    assert.is(chRun(["--feature=cdi-yaml"]).status, 0);
  }),
);

testNoYaml("ch-run --cdi without libyaml says so", () =>
  withFolder((folder) => {
    const file = join(folder, "nvidia.yaml");
    writeFileSync(file, YAML);
    const reason = "this ch-run was built without YAML";
    assertRefused(run(folder), 31, `cannot use CDI specification "${file}": ${reason}`);
    assert.is(chRun(["--feature=cdi-yaml"]).status, 87);
  }),
);

testYaml("ch-run --cdi: what is wrong in YAML has line and column", () =>
  withFolder((folder) => {
    const file = join(folder, "a.yaml");
    writeFileSync(file, "cdiVersion: 0.5.0\nkind: *x\n");
    const reason = "not YAML that ch-run reads: an alias, at line 2, column 7";
    assertRefused(run(folder), 31, `cannot use CDI specification "${file}": ${reason}`);
  }),
);

const TEXTS: readonly (readonly [text: string, reason: string])[] = [
  ["", "not JSON: not a value at byte 0"],
  ['{"cdiVersion":', "not JSON: not a value at byte 14"],
  ["[".repeat(100_000), "not JSON: nested too deeply at byte 64"],
  ["{}\0", "not JSON: something after the end at byte 2"],
  [
    '{"cdiVersion":"0.6.0","kind":"a/b","devices":[{"name":"x\\u001b[2J"}]}',
    'devices[0].name: "x?[2J" is not a device name: letters and digits, with "_", ".", ":" and "-" between them',
  ],
];

for (const [text, reason] of TEXTS) {
  test(`ch-run --cdi refuses ${JSON.stringify(text.slice(0, 60))}`, () =>
    withFolder((folder) => {
      const file = join(folder, "a.json");
      writeFileSync(file, text);
      assertRefused(run(folder), 31, `cannot use CDI specification "${file}": ${reason}`);
    }));
}

test("ch-run --cdi waits for nothing that is no file, and reads no endless one", () =>
  withFolder((folder) => {
    const file = join(folder, "a.json");
    const complaint = `cannot use CDI specification "${file}": cannot read it: `;
    must("mkfifo", file);
    assertRefused(run(folder), 31, `${complaint}Invalid argument`);
    must("rm", file);
    mkdirSync(file);
    assertRefused(run(folder), 31, `${complaint}Invalid argument`);
    must("rmdir", file);
    symlinkSync("a.json", file);
    assertRefused(run(folder), 31, `${complaint}Too many levels of symbolic links`);
    must("rm", file);
    must("truncate", "-s", "5M", file);
    assertRefused(run(folder), 31, `${complaint}File too large`);
  }));

test("ch-run --feature=cdi is true", () => assert.is(chRun(["--feature=cdi"]).status, 0));

test.run();
