/**
 * However ch-run or its command ends, and at whatever moment, nothing is left: no server, no mount,
 * no file. The moments are chosen by chance, the same in every run; $CH_TEST_ROUNDS says how many.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { chRun, type Launched, launchAny, shell } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { isRunning, processesWith } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { manyRounds, pause, randomNumbers, rounds } from "../helpers/random.ts";
import {
  serverOf,
  testMounted,
  UNTIL_NO_SERVER,
  withServedImage,
} from "../helpers/squash-server.ts";
import { runConditional } from "../helpers/test-if.ts";

/** Longer than ch-run needs until its command runs. */
const START_MS = 25;

/** Start ch-run, without a core dump wherever it may crash; `words` run it. */
function start(image: string, ...words: readonly string[]): Launched {
  const script = 'ulimit -c 0; exec "$@"';
  const command = [...words, installed("ch-run"), image, "--", "sleep", "60"];
  return launchAny("sh", ["-c", script, "sh", ...command]);
}

/** Run `end` at moments from the very start of ch-run on, and see to it that all is over then. */
async function endOften(seed: number, begin: () => Launched, end: (pid: number) => void) {
  const random = randomNumbers(seed);
  for (let round = 0; round < manyRounds; round++) {
    const { child, ended } = begin();
    pause(random() * START_MS);
    end(child.pid ?? 0);
    await ended;
  }
}

testMounted("nothing is left when the command ends", () =>
  withServedImage((image) => {
    for (let round = 0; round < manyRounds; round++) {
      assert.is(chRun([image, "--", "cat", "/etc/os-release"]).status, 0);
    }
  }),
);

for (const [index, signal] of (
  ["SIGHUP", "SIGINT", "SIGTERM", "SIGKILL", "SIGSEGV"] as const
).entries()) {
  testMounted(`nothing is left when ch-run gets ${signal} at any moment`, () =>
    withServedImage((image) =>
      endOften(
        index + 1,
        () => start(image),
        (pid) => process.kill(pid, signal),
      ),
    ),
  );
}

testMounted("nothing is left when the whole process group is killed at any moment", () =>
  withServedImage((image) =>
    endOften(
      7,
      () => start(image),
      (pid) => process.kill(-pid, "SIGKILL"),
    ),
  ),
);

/** Programs that end others after 30 ms. */
const ENDERS: readonly (readonly string[])[] = [
  ["timeout", "0.03"],
  ["timeout", "-s", "KILL", "0.03"],
  ["timeout", "--foreground", "0.03"],
  ["setsid", "-w", "timeout", "0.03"],
];

for (const words of ENDERS) {
  testMounted(`nothing is left of \`${words.join(" ")} ch-run\``, () =>
    withServedImage(async (image) => {
      for (let round = 0; round < rounds; round++) await start(image, ...words).ended;
    }),
  );
}

testMounted("nothing is left of a hundred launches at once", () =>
  withServedImage(async (image) => {
    const command = [image, "--", "sh", "-c", "cat /etc/os-release && sleep 0.2"];
    const all = Array.from({ length: 100 }, () => launchAny(installed("ch-run"), command));
    const outcomes = await Promise.all(all.map(({ ended }) => ended));
    for (const { status, stdout, stderr } of outcomes) {
      assert.equal([status, stderr], [0, ""]);
      assert.match(stdout, "VARIANT_ID=charliecloud");
    }
  }),
);

testMounted("the command goes on when its parent is killed, and nothing is left in the end", () =>
  withServedImage(async (image) => {
    const script = `"$0" "$1" -- sh -c 'echo $$; sleep 1; cat /etc/os-release; sleep 60' & wait`;
    const { child, output, ended } = launchAny("sh", ["-c", script, installed("ch-run"), image]);
    await eventually("the command runs", () => /^\d+\n/.test(output()));
    child.kill("SIGKILL");
    await eventually("it reads the image", () => output().includes("VARIANT_ID=charliecloud"));
    process.kill(Number.parseInt(output(), 10), "SIGKILL");
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
  }),
);

testMounted("ch-run fails in order when its server is killed at any moment", () =>
  withServedImage(async (image) => {
    const random = randomNumbers(8);
    for (let round = 0; round < rounds; round++) {
      const { child, ended } = launchAny(installed("ch-run"), [image, "--", "true"]);
      pause((random() * START_MS) / 2);
      const server = processesWith(image).find(({ pid }) => pid !== child.pid);
      if (server && isRunning(server.pid)) process.kill(server.pid, "SIGKILL");
      const { status, signal, stderr } = await ended;
      // A command that has begun may be unable to read its own program.
      if (signal) assert.match(signal, /^SIG(BUS|SEGV|KILL)$/);
      else assert.ok([0, 31, 49, 84].includes(status ?? -1), `status ${status}: ${stderr}`);
      assert.is(status === 0 || status === null, stderr === "", stderr);
    }
  }),
);

testMounted("a command whose server is killed gets errors, and nothing hangs", () =>
  withServedImage(async (image) => {
    const script = `${UNTIL_NO_SERVER}; echo ended`;
    const { ended } = launchAny(installed("ch-run"), [image, "--", "sh", "-c", script]);
    const server = await serverOf(image);
    await sleep(100);
    process.kill(server, "SIGKILL");
    const { status, stdout } = await ended;
    assert.equal([status, stdout], [0, "ended\n"]);
  }),
);

testMounted("pipes around ch-run end when its command does", () =>
  withServedImage((image) => {
    const from = Date.now();
    const script = '"$0" "$1" -- true | cat; yes | "$0" "$1" -- head -n 1 | head -n 1';
    assert.equal(shell(script, [image]).stdout, "y\n");
    assert.ok(Date.now() - from < 10_000);
  }),
);

runConditional();
