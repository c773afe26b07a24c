/** --overlay=DIR: one writer at a time, as long as anything of it lives, and readers beside it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, type Launched, launch, launchAny, shell } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { isOld } from "../helpers/kernel.ts";
import { isRunning, nameOf, processesWith } from "../helpers/processes.ts";
import { installed, runAny } from "../helpers/program.ts";
import { rounds } from "../helpers/random.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

/** Some would wait for long before they fail. */
const test = testIf(!isOld, "they need overlayfs in user namespaces, and so Linux 5.11");

/** The processes that hold the lock of what is kept there. */
function holders(kept: string): number[] {
  const named = processesWith(kept).filter(({ pid }) => nameOf(pid) === "ch-run-overlay");
  return named.map(({ pid }) => pid);
}

/** A command that writes until the file `done` is there, and is under way. */
async function write(kept: string, image: string): Promise<Launched> {
  const done = `${kept}/../done`;
  const script = "echo here >/here; while [ ! -e /wait/done ]; do sleep 0.02; done";
  const bind = `--bind=${kept}/..:/wait`;
  const launched = launch([`--overlay=${kept}`, bind, image, "--", "sh", "-c", script]);
  await eventually("it writes", () => existsSync(join(kept, "upper/here")));
  assert.not(existsSync(done));
  return launched;
}

for (const [kind, image] of images()) {
  test(`a second writer to the overlay of a ${kind} is told of the first, and readers read`, () =>
    withFolder(async (folder) => {
      const kept = join(folder, "kept");
      const { child, ended } = await write(kept, image);
      const outcome = chRun([`--overlay=${kept}`, image, "--", "true"]);
      const first = `pid ${child.pid} on host "${hostname()}"`;
      assertRefused(outcome, 31, `cannot write to overlay "${kept}": ${first} does`);
      assert.match(outcome.stderr, `"--overlay=${kept}:ro"`);
      const reader = chRun([`--overlay=${kept}:ro`, image, "--", "cat", "/here"]);
      assert.is(assertDone(reader), "here\n");
      writeFileSync(join(folder, "done"), "");
      assert.is((await ended).status, 0);
      assertDone(chRun([`--overlay=${kept}`, image, "--", "cat", "/here"]));
    }));

  test(`a daemon left behind in the overlay of a ${kind} still writes there`, () =>
    withFolder(async (folder) => {
      const kept = join(folder, "kept");
      const wait = "while [ ! -e /wait/done ]; do sleep 0.02; done; echo late >/late";
      const words = [`--bind=${folder}:/wait`, image, "--", "sh", "-c"];
      const daemon = `(${wait}) <&- >/dev/null 2>&1 &`;
      assertDone(chRun([`--overlay=${kept}`, ...words, daemon]));
      const outcome = chRun([`--overlay=${kept}`, image, "--", "true"]);
      const left = /^error: cannot write to overlay ".*": processes that pid \d+ on host ".*" has /;
      assertRefused(outcome, 31, left);
      writeFileSync(join(folder, "done"), "");
      await eventually("nobody holds it", () => holders(kept).length === 0);
      assert.is(chRun([`--overlay=${kept}`, image, "--", "cat", "/late"]).stdout, "late\n");
    }));
}

test("runs that follow each other never find the overlay taken, and leave no process", () =>
  withFolder(async (folder) => {
    const kept = join(folder, "kept");
    const script = 'for i in $(seq "$1"); do "$0" "$2" "$3" -- sh -c "echo x >>/log" || exit; done';
    const words = [String(20 * rounds), `--overlay=${kept}`, directoryImage()];
    assertDone(shell(script, words));
    const lines = readFileSync(join(kept, "upper/log"), "utf8").split("\n");
    assert.is(lines.length - 1, 20 * rounds);
    await eventually("no holder is left", () => holders(kept).length === 0);
  }));

test("of writers that start at once one wins, and the others name it", () =>
  withFolder(async (folder) => {
    const kept = join(folder, "kept");
    const words = [`--overlay=${kept}`, `--bind=${folder}:/wait`, directoryImage(), "--", "sh"];
    const script = "echo $$ >>/log; while [ ! -e /wait/done ]; do sleep 0.02; done";
    const all = Array.from({ length: 6 }, () => launch([...words, "-c", script]));
    const lost = () => all.filter(({ child }) => child.exitCode === 31);
    await eventually("the others give up", () => lost().length === all.length - 1);
    const winner = all.find(({ child }) => child.exitCode === null);
    for (const { output } of lost()) assert.match(output(), `pid ${winner?.child.pid} on host`);
    writeFileSync(join(folder, "done"), "");
    await Promise.all(all.map(({ ended }) => ended));
    assert.is(readFileSync(join(kept, "upper/log"), "utf8"), `${winner?.child.pid}\n`);
  }));

test("a writer that is killed frees the overlay, and nothing of it is left running", () =>
  withFolder(async (folder) => {
    const kept = join(folder, "kept");
    const { child, ended } = await write(kept, directoryImage());
    const [holder = 0] = holders(kept);
    assert.ok(isRunning(holder));
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    await eventually("its holder ends", () => !isRunning(holder));
    assertDone(chRun([`--overlay=${kept}`, directoryImage(), "--", "cat", "/here"]));
  }));

test("a launch that fails after it took the overlay frees it", () =>
  withFolder((folder) => {
    const kept = join(folder, "kept");
    for (const [option, status] of [
      ["--bind=/no/such:/mnt", 31],
      ["--cd=/no/such", 31],
      ["-v", 49],
    ] as const) {
      const words = [`--overlay=${kept}`, option, directoryImage(), "--", "/no/such"];
      assert.is(chRun(words).status, status);
    }
    assertDone(chRun([`--overlay=${kept}`, directoryImage(), "--", "true"]));
  }));

const SET = "echo 0 >/proc/sys/user/max_inotify_instances";
const canLimit = runAny("unshare", ["-Ur", "sh", "-c", SET]).status === 0;

testIf(canLimit, "inotify instances cannot be limited here")(
  "where no inotify instance is free, the command holds the lock itself",
  () =>
    withFolder(async (folder) => {
      const kept = join(folder, "kept");
      const run = [`--overlay=${kept}`, directoryImage(), "--"];
      const words = ["-Ur", "sh", "-c", `${SET}; exec "$@"`, "sh", installed("ch-run"), "-v"];
      const wait = "while [ ! -e /wait/done ]; do sleep 0.02; done";
      const bind = `--bind=${folder}:/wait`;
      const command = [...words, bind, ...run, "sh", "-c", `echo here >/here; ${wait}`];
      const { child, ended } = launchAny("unshare", command);
      await eventually("it writes", () => existsSync(join(kept, "upper/here")));
      assert.match(chRun([...run, "true"]).stderr, `pid ${child.pid} on host`);
      writeFileSync(join(folder, "done"), "");
      assert.match((await ended).stderr, "holds the lock of overlay");
      assertDone(chRun([...run, "true"]));
    }),
);

runConditional();
