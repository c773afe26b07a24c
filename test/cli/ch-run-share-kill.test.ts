/**
 * Launches that share a server and are killed at random: the others notice nothing. Eight at a time,
 * begun and killed within the milliseconds in which they find each other; $CH_TEST_ROUNDS says how
 * often.
 */
import * as assert from "uvu/assert";
import { type Launched, launchAny } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { manyRounds, pause, randomNumbers } from "../helpers/random.ts";
import { servers } from "../helpers/share.ts";
import { testMounted, UNTIL_NO_SERVER, withServedImage } from "../helpers/squash-server.ts";
import { runConditional } from "../helpers/test-if.ts";

const CROWD = 8;
/** Between two launches, and between two kills. */
const GAP_MS = 4;

const READ = "cat /etc/os-release; sleep 0.02; cat /bin/sh >/dev/null";

function begin(image: string): Launched {
  return launchAny(installed("ch-run"), [image, "--", "sh", "-c", READ]);
}

function assertUnharmed({ status, stdout, stderr }: Outcome): void {
  assert.equal([status, stderr], [0, ""]);
  assert.match(stdout, "VARIANT_ID=charliecloud");
}

/** Start a crowd and kill `victims` of it; the rest must not notice. */
async function killSome(image: string, victims: readonly number[], random: () => number) {
  const all = Array.from({ length: CROWD }, () => {
    pause(random() * GAP_MS);
    return begin(image);
  });
  for (const victim of victims) {
    pause(random() * GAP_MS);
    all[victim]?.child.kill("SIGKILL");
  }
  const outcomes = await Promise.all(all.map(({ ended }) => ended));
  for (const [index, outcome] of outcomes.entries()) {
    if (!victims.includes(index)) assertUnharmed(outcome);
  }
}

testMounted("launches that share a server survive the death of others at any moment", () =>
  withServedImage(async (image) => {
    const random = randomNumbers(11);
    for (let round = 0; round < manyRounds; round++) {
      const victims = [...Array(CROWD).keys()].filter(() => random() < 0.5);
      await killSome(image, victims, random);
    }
  }),
);

testMounted("launches that share a server survive the first one's death at any moment", () =>
  withServedImage(async (image) => {
    const random = randomNumbers(12);
    for (let round = 0; round < manyRounds; round++) await killSome(image, [0], random);
  }),
);

testMounted("if a shared server is killed, each of its launches ends, and the next one works", () =>
  withServedImage(async (image) => {
    const command = [image, "--", "sh", "-c", `echo go; ${UNTIL_NO_SERVER}`];
    const all = Array.from({ length: CROWD }, () => launchAny(installed("ch-run"), command));
    await eventually("all run", () => all.every(({ output }) => output() === "go\n"));
    const found = servers(image);
    assert.is(found.length, 1);
    process.kill(found[0] ?? 0, "SIGKILL");
    for (const { status, signal } of await Promise.all(all.map(({ ended }) => ended))) {
      assert.ok(status !== null || signal === "SIGBUS" || signal === "SIGSEGV", `${signal}`);
    }
    assertUnharmed(await begin(image).ended);
  }),
);

runConditional();
