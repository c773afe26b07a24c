/** The server of a SquashFS image beside the command: unseen, untouched, there as long as needed. */
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { chRun, launch, shell } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { helper } from "../helpers/native-helper.ts";
import { isRunning } from "../helpers/processes.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { isInstalled, squashWay } from "../helpers/root-image.ts";
import { descriptorsOf, serverOf, testMounted, withServedImage } from "../helpers/squash-server.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const isLimited = squashWay === "mounted" && process.getuid?.() !== 0 && isInstalled("prlimit");
const testLimited = testIf(isLimited, "not for root, nor without prlimit(1) and FUSE");

testMounted("the server has no terminal, directory or open file of the user's", () =>
  withServedImage(async (image) => {
    const { child, output, ended } = launch([image, "--", "sh", "-c", "echo go; exec sleep 60"]);
    await eventually("the command is ready", () => output() === "go\n");
    const server = await serverOf(image);
    const [, group, session] = stat(server);
    assert.equal([group, session], [server, server]);
    assert.is(readlinkSync(`/proc/${server}/cwd`), "/");
    const files = [...descriptorsOf(server).values()].filter((path) => path.startsWith("/"));
    // The device was opened in another mount namespace, where it has no path.
    const kinds = new Set(files.map((path) => path.replace(/^.*\/fuse$/, "FUSE")));
    // "/" is in the namespace that it holds for later launches, not in the host's.
    assert.equal([...kinds].sort(), ["/", "/dev/null", image, "FUSE"].sort());
    child.kill();
    await ended;
  }),
);

/** The ids of a process's parent, group and session (proc_pid_stat(5)). */
function stat(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text
    .slice(text.lastIndexOf(")") + 4)
    .split(" ")
    .slice(0, 3)
    .map(Number);
}

testMounted("neither the command nor its parent meets the server in wait(2)", () =>
  withServedImage(async (image) => {
    const program = helper("wait-all");
    const around = shell('"$1" "$0" "$2" -- sh -c "sleep 0.2"', [program, image]);
    assert.is(assertDone(around), "1 children, 1 signals\n");
    const binds = ["--bind=/usr:/usr", `--bind=${program}:/srv/wait-all`];
    const inside = chRun([...binds, image, "--", "/srv/wait-all", "/usr/bin/true"]);
    assert.is(assertDone(inside), "1 children, 1 signals\n");
    assert.is(shell('"$0" "$1" -- true & wait; echo $?', [image]).stdout, "0\n");
  }),
);

testMounted("a daemon keeps its files when the command is done, and the server ends with it", () =>
  withServedImage(async (image) => {
    const daemon = "sleep 1; cat /etc/os-release; exec sleep 60";
    const script = `sh -c '${daemon}' <&- & echo $!`;
    const { child, output, ended } = launch([image, "--", "sh", "-c", script]);
    const server = await serverOf(image);
    await eventually("the command ends", () => child.exitCode !== null);
    assert.is(child.exitCode, 0);
    assert.ok(isRunning(server));
    await eventually("the daemon reads", () => output().includes("VARIANT_ID=charliecloud"));
    process.kill(Number.parseInt(output(), 10));
    await ended;
    await eventually("the server ends", () => !isRunning(server));
  }),
);

for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGPIPE"] as const) {
  testMounted(`a command that is sent ${signal} with its group can still read its files`, () =>
    withServedImage(async (image) => {
      const name = signal.slice(3);
      const script = `trap 'cat /etc/os-release; exit 3' ${name}; echo go; while :; do sleep 0.05; done`;
      const { child, output, ended } = launch([image, "--", "sh", "-c", script]);
      await eventually("the command is ready", () => output() === "go\n");
      process.kill(-(child.pid ?? 0), signal);
      const { status, stdout } = await ended;
      assert.is(status, 3);
      assert.match(stdout, "VARIANT_ID=charliecloud");
    }),
  );
}

testMounted("a stopped command goes on when it is continued, and its server is not stopped", () =>
  withServedImage(async (image) => {
    const { child, output, ended } = launch([
      image,
      "--",
      "sh",
      "-c",
      "echo go; sleep 0.3; cat /etc/os-release",
    ]);
    await eventually("the command is ready", () => output() === "go\n");
    process.kill(-(child.pid ?? 0), "SIGSTOP");
    const server = await serverOf(image);
    await sleep(400);
    assert.match(readFileSync(`/proc/${server}/status`, "utf8"), /^State:\s+[SR]/m);
    assert.is(child.exitCode, null);
    process.kill(-(child.pid ?? 0), "SIGCONT");
    assert.match((await ended).stdout, "VARIANT_ID=charliecloud");
  }),
);

testMounted("ch-run needs few descriptors, and says so where there are too few", () =>
  withServedImage((image) => {
    for (const limit of [16, 12, 8, 6, 5, 4]) {
      const outcome = shell(`ulimit -n ${limit}; exec "$0" "$1" -- echo hello`, [image]);
      if (limit >= 12) assert.is(assertDone(outcome), "hello\n");
      else if (outcome.status === 0) assert.is(outcome.stdout, "hello\n");
      else assert.match(outcome.stderr, /^ch-run\[\d+\]: error: .*: Too many open files/);
    }
  }),
);

testLimited("ch-run says so where no more processes are allowed", () =>
  withServedImage((image) => {
    const outcome = shell('exec prlimit --nproc=1 "$0" "$1" -- true', [image]);
    const error = /: Resource temporarily unavailable: this user may have no more processes /;
    assertRefused(outcome, 84, error);
  }),
);

testLimited("ch-run works or says so where hardly any more processes are allowed", () =>
  withServedImage((image) => {
    const threads = "ps -L --no-headers -u $(id -u) | wc -l";
    for (const more of [0, 1, 2, 3, 4]) {
      const script = `exec prlimit --nproc=$(($(${threads}) + ${more})) "$0" "$1" -- echo hello`;
      const { status, stdout, stderr } = shell(script, [image]);
      if (status === 0) assert.equal([stdout, stderr], ["hello\n", ""]);
      else assert.match(stderr, /: error: [^\n]*: Resource temporarily unavailable[:\n]/);
    }
  }),
);

runConditional();
