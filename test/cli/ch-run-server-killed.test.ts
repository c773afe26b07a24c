/** Ends that come from elsewhere: of all at once by their cgroup, and of the server alone. */
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { canMakeCgroup, inCgroup, makeCgroup, removeCgroup } from "../helpers/cgroup.ts";
import { type Launched, launchAny } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, runAny } from "../helpers/program.ts";
import { manyRounds, pause, randomNumbers } from "../helpers/random.ts";
import { squashWay } from "../helpers/root-image.ts";
import { serverOf, UNTIL_NO_SERVER, withServedImage } from "../helpers/squash-server.ts";
import { withSystemLog } from "../helpers/system-log.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

/** Longer than ch-run needs until its command runs. */
const START_MS = 25;

const canKill = squashWay === "mounted" && canMakeCgroup("cgroup.kill");
const canUnshare = squashWay === "mounted" && runAny("unshare", ["-rm", "true"]).status === 0;
const testKill = testIf(canKill, "no cgroup with cgroup.kill can be made here");
const canLog = canUnshare && process.env["CH_TEST_SYSLOG"] === "yes";
const testLog = testIf(canLog, "no unshare -rm, no mounted images, or built without syslog");

/** Kill all in a cgroup until `all` have ended: who enters it later is ended by the next try. */
async function killAll(cgroup: string, all: readonly Launched[]): Promise<void> {
  await eventually("all have ended", () => {
    writeFileSync(join(cgroup, "cgroup.kill"), "1");
    return all.every(({ child }) => child.exitCode !== null || child.signalCode !== null);
  });
  await Promise.all(all.map(({ ended }) => ended));
}

testKill("nothing is left when launches are ended by cgroup.kill at any moment", () =>
  withServedImage(async (image) => {
    const random = randomNumbers(21);
    const cgroup = makeCgroup("cgroup.kill") ?? "";
    const words = [...inCgroup(cgroup), installed("ch-run"), image, "--", "sleep", "60"];
    for (let round = 0; round < manyRounds; round++) {
      const all = [0, 1].map(() => launchAny(words[0] ?? "", words.slice(1)));
      pause(random() * START_MS);
      await killAll(cgroup, all);
    }
    await removeCgroup(cgroup);
  }),
);

for (const signal of ["SIGSEGV", "SIGABRT", "SIGXCPU", "SIGKILL"] as const) {
  testLog(`the system's log tells that a server was ended by ${signal}, and nothing hangs`, () =>
    withServedImage((image) =>
      withFolder(async (folder) => {
        const script = `echo go; ${UNTIL_NO_SERVER}`;
        const run = [installed("ch-run"), image, "--", "sh", "-c", script];
        const { output, ended } = launchAny("unshare", withSystemLog(folder, run));
        await eventually("the command runs", () => output().includes("go\n"));
        process.kill(await serverOf(image), signal);
        const { stdout } = await ended;
        assert.match(stdout, /^<11>.* ch-run\[\d+\]: the SquashFS server/m);
        assert.match(stdout, `"${image}" was ended by signal ${constants.signals[signal]}`);
      }),
    ),
  );
}

runConditional();
