/** ch-convert at a terminal: progress is drawn, and wiped; nowhere else. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise, makeTar } from "../helpers/image.ts";
import { installed, run, runAny } from "../helpers/program.ts";
import { testIf } from "../helpers/test-if.ts";

const ERASE_LINE = "\r\u001b[K";

/** Run ch-convert with a terminal as its standard streams; returns what it shows there. */
function atTerminal(...args: readonly string[]): string {
  const command = [installed("ch-convert"), ...args].join(" ");
  const { status, stdout } = runAny("script", ["-qec", command, "/dev/null"]);
  assert.is(status, 0, stdout);
  return stdout;
}

const HAS_SCRIPT = runAny("sh", ["-c", "command -v script"]).status === 0;
const testWithScript = testIf(HAS_SCRIPT, "no script(1) here");

function testAtTerminal(title: string, body: (folder: string) => void): void {
  testWithScript(title, () =>
    withFolder((folder) => {
      const image = makeImage(join(folder, "image"));
      makeNoise(join(image, "noise"), 12);
      makeTar(image, join(folder, "a.tar"));
      body(folder);
    }),
  );
}

testAtTerminal("ch-convert draws progress with a percentage, and wipes it", (folder) => {
  const shown = atTerminal("-j1", "--compress=xz", join(folder, "a.tar"), join(folder, "b.sqfs"));
  assert.match(shown, /reading .*a\.tar: .* [KMG]iB, .*\/s, \d+%/);
  assert.ok(shown.trimEnd().endsWith(ERASE_LINE.trimEnd()), JSON.stringify(shown.slice(-200)));
});

testAtTerminal("ch-convert draws what mksquashfs has read of a directory", (folder) => {
  const shown = atTerminal("-j1", "--compress=xz", join(folder, "image"), join(folder, "b.sqfs"));
  assert.match(shown, /packing .*b\.sqfs: .* [KMG]iB, /);
});

testAtTerminal("ch-convert names what is packed into a layer as the user does", (folder) => {
  const shown = atTerminal(join(folder, "a.tar"), `oci:${join(folder, "layout")}`);
  assert.match(shown, /packing [^\r]*a\.tar: .* [KMG]iB, /);
  assert.not.match(shown, /\.charliecloud/);
});

testAtTerminal("ch-convert --quiet draws nothing", (folder) => {
  assert.is(atTerminal("--quiet", join(folder, "a.tar"), join(folder, "b.sqfs")), "");
});

testAtTerminal("ch-convert draws nothing where there is no terminal", (folder) => {
  const { stdout, stderr } = run("ch-convert", [join(folder, "a.tar"), join(folder, "b.sqfs")]);
  assert.equal([stdout, stderr], ["", ""]);
});

test.run();
