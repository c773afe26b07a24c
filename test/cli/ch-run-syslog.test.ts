/** The line in the system's log: who has run what, and no secrets. */
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, runAny } from "../helpers/program.ts";
import { withSystemLog } from "../helpers/system-log.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const canUnshare = runAny("unshare", ["-rm", "true"]).status === 0;
const hasSyslog = process.env["CH_TEST_SYSLOG"] === "yes";
const testLog = testIf(canUnshare && hasSyslog, "no unshare -rm here, or a build without syslog");

/** Arguments of a launch, whose image is not there, and those of the line, if others. */
const LINES: readonly (readonly [readonly string[], (readonly string[])?])[] = [
  [["-v", "-b", "/usr", "/no/image", "true"]],
  [
    ["--set-env=A=secret", "/no/image"],
    ["--set-env=A=...", "/no/image"],
  ],
  [
    ["--set-env==secret", "/no/image"],
    ["--set-env==...", "/no/image"],
  ],
  [
    ["--set-env=A=B=secret", "/no/image"],
    ["--set-env=A=...", "/no/image"],
  ],
  [["--set-env=A=", "/no/image"]],
  [["--set-env=/file", "/no/image"]],
  [
    ["--set-env", "A=secret", "true"],
    ["--set-env", "A=...", "true"],
  ],
  [["--set-env", "/no/image", "true"]],
  [
    ["--set-env0=A=secret", "/no/image"],
    ["--set-env0=A=...", "/no/image"],
  ],
  [
    ["--set-env0", "A=secret", "/no/image"],
    ["--set-env0", "A=...", "/no/image"],
  ],
  [["--set-env0", "/file", "/no/image"]],
  [["-v", "--", "/no/image", "A=shown"]],
  [["--unset-env=!(A|B)*", "--unset-env=@(C|D)", "/no/image"]],
  [
    ["--config=set-env=A=secret", "--config=unset-env=!(A)", "/no/image"],
    ["--config=set-env=A=...", "--config=unset-env=!(A)", "/no/image"],
  ],
  [
    ["--config", "if-known set-env = A=secret", "/no/image"],
    ["--config", "if-known set-env = A=...", "/no/image"],
  ],
  [
    ["--set-env=@(A|B)=secret", "--set-env=A=one\ttwo=three", "/no/image"],
    ["--set-env=@(A|B)=...", "--set-env=A=...", "/no/image"],
  ],
  [
    ["-vtc/", "--set-env=A=secret", "/no/image"],
    ["-vtc/", "--set-env=A=...", "/no/image"],
  ],
  [
    ["/no/image", "ch-run", "--set-env=A=secret", "x"],
    ["/no/image", "ch-run", "--set-env=A=...", "x"],
  ],
];

for (const [args, shown = args] of LINES) {
  testLog(`the system's log has of ch-run ${args.join(" ")}: ${shown.join(" ")}`, () =>
    withFolder((folder) => {
      const words = withSystemLog(folder, [installed("ch-run"), ...args]);
      const { stdout } = runLimited("unshare", words, {});
      const line = ` ch-run[N]: uid=0 args=${args.length + 1}: "${shown.join('" "')}"`;
      assert.is(stdout.replace(/^<14>.{15}/, "").replace(/\[\d+\]/, "[N]"), `${line}\n`);
    }),
  );
}

testIf(canUnshare && !hasSyslog, "a build with syslog, or no unshare -rm here")(
  "a build without syslog tells the system's log nothing",
  () =>
    withFolder((folder) => {
      const words = withSystemLog(folder, [installed("ch-run"), "/no/image", "true"]);
      const { stdout, stderr } = runLimited("unshare", words, {});
      assert.is(stdout, "");
      assert.match(stderr, /cannot find image/);
    }),
);

testLog("the system's log has nothing of a command line that cannot be meant", () =>
  withFolder((folder) => {
    const words = withSystemLog(folder, [installed("ch-run"), "--bogus", "--set-env=A=secret"]);
    assert.is(runLimited("unshare", words, {}).stdout, "");
  }),
);

runConditional();
