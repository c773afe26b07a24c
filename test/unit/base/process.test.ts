import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../lib/base/log.ts";
import { runProgram } from "../../../lib/base/process.ts";
import type { Task } from "../../../lib/base/task.ts";
import { withFolder } from "../../helpers/folder.ts";
import { isRunning } from "../../helpers/processes.ts";
import { rejection } from "../../helpers/rejection.ts";

function task(signal: AbortSignal = new AbortController().signal): Task {
  return { log: new Log("test", QUIET), signal };
}

function shell(script: string): { file: string; args: string[] } {
  return { file: "sh", args: ["-c", script] };
}

test("runProgram() returns status, output and the lines of standard error", async () => {
  const script = "echo out; echo one >&2; echo; echo two >&2; exit 3";
  assert.equal(await runProgram(shell(script), task()), {
    status: 3,
    stdout: "out\n\n",
    errors: ["one", "two"],
  });
});

test("runProgram() passes arguments as they are", async () => {
  const args = ["-c", 'printf "%s|" "$@"', "sh", "a b", "$HOME", "*", ""];
  assert.is((await runProgram({ file: "sh", args }, task())).stdout, "a b|$HOME|*||");
});

test("runProgram() gives a text to read, also to one that does not read it", async () => {
  const input = "x".repeat(1_000_000);
  assert.is((await runProgram({ file: "wc", args: ["-c"], input }, task())).stdout, "1000000\n");
  assert.is((await runProgram({ file: "true", args: [], input }, task())).status, 0);
});

test("runProgram() runs programs in the C locale", async () => {
  assert.is((await runProgram(shell("echo $LC_ALL"), task())).stdout, "C\n");
});

test("runProgram() gives death by a signal as 128+N", async () => {
  assert.is((await runProgram(shell("kill -TERM $$"), task())).status, 143);
});

test("runProgram() keeps the last lines of many", async () => {
  const { errors } = await runProgram(shell("seq 1 2000 >&2"), task());
  assert.is(errors.length, 500);
  assert.is(errors.at(-1), "2000");
});

test("runProgram() on abort kills the program and what it started", () =>
  withFolder(async (folder) => {
    const stop = new AbortController();
    const pidFile = join(folder, "pid");
    const script = `sleep 100 & echo $! >${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`;
    const running = rejection(runProgram(shell(script), task(stop.signal)));
    while (!existsSync(pidFile)) await sleep(5);
    stop.abort("SIGTERM");
    assert.is(await running, "SIGTERM");
    assert.not(isRunning(Number(readFileSync(pidFile, "utf8"))));
  }));

test("runProgram() starts nothing once aborted", () =>
  withFolder(async (folder) => {
    const made = join(folder, "made");
    const aborted = task(AbortSignal.abort("SIGINT"));
    assert.is(await rejection(runProgram(shell(`touch ${made}`), aborted)), "SIGINT");
    assert.not(existsSync(made));
  }));

for (const file of ["/no/such", "no-such-program"]) {
  test(`runProgram() of a program that is not there fails, "${file}"`, async () => {
    const error = await rejection(runProgram({ file, args: [] }, task()));
    // The second, where $PATH has a folder that may not be looked into.
    assert.match(
      String(error),
      /: cannot run ".*": (No such file or directory|Permission denied)$/,
    );
  });
}

test.run();
