/** --isolate: processes, a network and System V IPC of the container's own. */
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, launch } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { inShell, onTerminal } from "../helpers/on-terminal.ts";
import { processesWith, untilNobody } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

const NAMESPACES = ["ipc", "net", "pid"] as const;

for (const [kind, image] of images()) {
  for (const isolated of ["", "ipc", "net", "pid", "ipc,net", "net,ipc,pid"]) {
    test(`--isolate=${isolated} of a ${kind} makes these namespaces and no other`, () => {
      const options = isolated ? [`--isolate=${isolated}`] : [];
      const script = "for n in ipc net pid; do stat -L -c %i /proc/self/ns/$n; done";
      const lines = assertDone(chRun([...options, image, "--", "sh", "-c", script])).split("\n");
      for (const [i, name] of NAMESPACES.entries()) {
        const ours = /\d+/.exec(readlinkSync(`/proc/self/ns/${name}`))?.[0];
        assert.is(lines[i] !== ours, isolated.includes(name), name);
      }
    });
  }

  test(`--isolate=pid of a ${kind} shows its own processes only, and process 1 is ours`, () => {
    const script = "ls /proc | grep '^[0-9]*$' | sort -n | head -n 2; cat /proc/1/comm; echo $$";
    const outcome = chRun(["--isolate=pid", image, "--", "sh", "-c", script]);
    assert.is(assertDone(outcome), "1\n2\nch-run-init\n2\n");
  });

  test(`--isolate=net of a ${kind} has a loopback device that is up, and nothing else`, () => {
    const script = "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/fib_trie";
    const outcome = chRun(["--isolate=net", image, "--", "sh", "-c", script]);
    assert.match(assertDone(outcome), /^ *lo\n[\s\S]*127\.0\.0\.1/);
  });

  for (const status of [0, 3, 31, 137]) {
    test(`--isolate=pid of a ${kind} passes on status ${status}`, () => {
      const outcome = chRun(["--isolate=pid", image, "--", "sh", "-c", `exit ${status}`]);
      assert.equal([outcome.status, outcome.stderr], [status, ""]);
    });
  }

  for (const signal of ["HUP", "ABRT", "KILL", "TERM", "USR1"]) {
    test(`--isolate=pid of a ${kind} ends by SIG${signal} as its command does`, () => {
      const args = ["--isolate=pid", image, "--", "sh", "-c", `ulimit -c 0; kill -${signal} $$`];
      assert.is(chRun(args).signal, `SIG${signal}`);
    });
  }

  test(`--isolate=pid of a ${kind}: a signal goes to the command`, async () => {
    const script = "trap 'echo got; exit 5' TERM; echo go; while :; do sleep 0.02; done";
    const { child, output, ended } = launch(["--isolate=pid", image, "--", "sh", "-c", script]);
    await eventually("it runs", () => output().includes("go\n"));
    child.kill("SIGTERM");
    const outcome = await ended;
    assert.equal([outcome.status, outcome.stdout], [5, "go\ngot\n"]);
  });

  test(`--isolate=pid of a ${kind}: what is left behind ends with the command`, async () => {
    const mark = `61.${process.pid}`;
    const script = `sleep ${mark} & exit 4`;
    assert.is(chRun(["--isolate=pid", image, "--", "sh", "-c", script]).status, 4);
    await untilNobody(`sleep ${mark}`);
  });

  test(`--isolate=pid of a ${kind}: all of it ends when ch-run is killed`, async () => {
    const mark = `62.${process.pid}`;
    const { child, ended } = launch(["--isolate=pid", image, "--", "sleep", mark]);
    await eventually("it runs", () =>
      processesWith(mark).some(({ line }) => line.startsWith("sleep")),
    );
    child.kill("SIGKILL");
    await ended;
    await untilNobody(mark);
  });

  test(`--isolate=pid of a ${kind}: ^C, ^Z and fg are as on the command alone`, async () => {
    const words = `'${installed("ch-run")}' --isolate=pid '${image}' -- cat /etc/os-release -`;
    const shown = inShell(words, [
      ["VARIANT_ID=charliecloud\r\n", "^Z"],
      ["$ ", "echo status $?\\n"],
      ["$ ", "fg\\n"],
      ["cat", "typed\\n"],
      ["typed\r\ntyped\r\n", "^C"],
      ["$ ", "echo then $?\\n"],
    ]);
    assert.match(shown, "\nstatus 148\n");
    assert.match(shown, "\nthen 130\n");
    await untilNobody(image);
  });

  test(`--isolate=pid of a ${kind}: a closed window ends it`, async () => {
    const command = [installed("ch-run"), "--isolate=pid", image, "--", "cat", "/etc/os-release"];
    onTerminal([["VARIANT_ID", "hangup"]], [...command, "-"]);
    await untilNobody(image);
  });
}

test("--isolate=pid: errors are told once, by the status that they have without", () => {
  const missing = chRun(["--isolate=pid", directoryImage(), "--", "/no/such"]);
  assertRefused(missing, 49, /^error: cannot run "\/no\/such" in image /);
  const bind = chRun(["--isolate=pid", "--bind=/no/such:/mnt", directoryImage(), "--", "true"]);
  assertRefused(bind, 31, 'cannot find bind source "/no/such": No such file or directory');
});

test("--isolate=pid goes with --overlay, which is free again at once", () =>
  withFolder((folder) => {
    const words = ["--isolate=pid", `--overlay=${join(folder, "kept")}`, directoryImage(), "--"];
    for (let i = 0; i < 5; i++) {
      assertDone(chRun([...words, "sh", "-c", "echo x >>/log; sleep 60 & exit 0"]));
    }
    assert.is(chRun([...words, "cat", "/log"]).stdout, "x\n".repeat(5));
  }));

test("--isolate and --join exclude each other", () => {
  const outcome = chRun(["--isolate=ipc", "--join", directoryImage(), "--", "true"]);
  assertRefused(outcome, 64, 'options "--join" and "--isolate" exclude each other');
});

test("--isolate refuses other words", () => {
  for (const [list, word] of [
    ["uts", "uts"],
    ["pid,", ""],
    ["ipc,user", "user"],
  ] as const) {
    const error = `option "--isolate=${list}": "${word}" is not "ipc", "net" or "pid"`;
    assertRefused(chRun([`--isolate=${list}`, directoryImage(), "--", "true"]), 64, error);
  }
});

test.run();
