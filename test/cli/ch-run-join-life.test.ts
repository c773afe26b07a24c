/** How long a container that peers share lives: as long as any process is in it, whoever ends. */
import { writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { chRun, type Launched, launch, launchAny } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import {
  holdPeer,
  keepers,
  killKeeper,
  leftovers,
  newTag,
  releasePeer,
  runPeer,
  testEachImage,
  untilNothing,
  WHERE,
} from "../helpers/join.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { manyRounds, pause, randomNumbers, rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { runConditional } from "../helpers/test-if.ts";

const CROWD = 8;
/** Between two launches, and between two kills. */
const GAP_MS = 4;

testEachImage("whoever comes after the first has ended joins the others", async (image) => {
  const [tag, before] = [newTag(), leftovers()];
  const first = await holdPeer(image, tag, ["-vv"]);
  const second = await holdPeer(image, tag);
  const where = assertDone(runPeer(image, tag, WHERE));
  // Its end is that of its output: nobody else keeps that open.
  await releasePeer(first);
  assert.is(assertDone(runPeer(image, tag, WHERE)), where);
  assert.is(keepers(tag).length, 1);
  await releasePeer(second);
  await untilNothing(tag, before);
});

testEachImage("a daemon that its peer has left behind is joined", async (image) => {
  const [tag, before] = [newTag(), leftovers()];
  await withFolder(async (folder) => {
    const settings = { env: { TMPDIR: folder } };
    const daemon = `${WHERE}; while [ ! -e /tmp/done ]; do sleep 0.01; done; cat /etc/os-release`;
    const words = [`--join-tag=${tag}`, image, "--", "sh", "-c", `(${daemon}) <&- &`];
    const { child, output, ended } = launch(words, settings);
    await eventually("it ends", () => child.exitCode === 0 && output().split("\n").length === 3);
    assert.is(assertDone(runPeer(image, tag, WHERE)), output());
    writeFileSync(`${folder}/done`, "");
    assert.match((await ended).stdout, "VARIANT_ID=charliecloud");
  });
  await untilNothing(tag, before);
});

testEachImage("if the keeper is killed, peers go on, and later ones meet anew", async (image) => {
  const tag = newTag();
  const first = await holdPeer(image, tag);
  const where = assertDone(runPeer(image, tag, WHERE));
  await killKeeper(tag);
  await eventually("it has ended", () => keepers(tag).length === 0);
  assert.is.not(assertDone(runPeer(image, tag, WHERE)), where);
  assert.is(first.child.exitCode, null);
  await releasePeer(first);
});

testEachImage(
  "if the keeper is killed, peers that wait for others end in an error",
  async (image) => {
    const tag = newTag();
    const words = ["-v", `--join-tag=${tag}`, "--join-ct=2", image, "--", "true"];
    const { output, ended } = launch(words);
    await eventually("it waits", () => output().includes("waiting until 2 peers"));
    await killKeeper(tag);
    const { status, stderr } = await ended;
    assert.is(status, 31);
    assert.match(stderr, "cannot share the container with peers: its keeper ended unexpectedly\n");
  },
);

testEachImage("peers come and go, each as the last may leave", async (image) => {
  // Each begins in the moment in which others end: it joins, or makes the next container.
  const [tag, before] = [newTag(), leftovers()];
  const script = 'for i in $(seq "$1"); do "$2" "$3" "$4" -- cat /etc/os-release || exit; done';
  const words = ["-c", script, "sh", `${8 * rounds}`, installed("ch-run"), `--join-tag=${tag}`];
  const chains = Array.from({ length: 3 }, () => launchAny("sh", [...words, image]).ended);
  for (const outcome of await Promise.all(chains)) {
    assert.is(assertDone(outcome).match(/VARIANT_ID=charliecloud/g)?.length, 8 * rounds);
  }
  await untilNothing(tag, before);
});

function assertUnharmed({ status, stdout, stderr }: Outcome): void {
  assert.equal([status, stderr], [0, ""]);
  assert.match(stdout, "VARIANT_ID=charliecloud");
}

/** Start a crowd and kill `victims` of it; the rest must not notice. */
async function killSome(image: string, tag: string, victims: number[], random: () => number) {
  const script = "cat /etc/os-release; sleep 0.02; cat /bin/sh >/dev/null";
  const all: Launched[] = Array.from({ length: CROWD }, () => {
    pause(random() * GAP_MS);
    return launch([`--join-tag=${tag}`, image, "--", "sh", "-c", script]);
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

testEachImage("peers survive the death of others at any moment", async (image) => {
  const [tag, before, random] = [newTag(), leftovers(), randomNumbers(21)];
  for (let round = 0; round < manyRounds; round++) {
    const victims = [...Array(CROWD).keys()].filter(() => random() < 0.5);
    await killSome(image, tag, victims, random);
  }
  await untilNothing(tag, before);
});

testEachImage("peers survive the death of the first at any moment", async (image) => {
  const [tag, before, random] = [newTag(), leftovers(), randomNumbers(22)];
  for (let round = 0; round < manyRounds; round++) await killSome(image, tag, [0], random);
  await untilNothing(tag, before);
});

testEachImage("peers are together although the first ends at once", async (image) => {
  // One that lasts is there before the others come; the first may be gone by then.
  const [tag, before, random] = [newTag(), leftovers(), randomNumbers(23)];
  for (let round = 0; round < manyRounds; round++) {
    const first = launch([`--join-tag=${tag}`, image, "--", "true"]);
    pause(random() * GAP_MS);
    const second = await holdPeer(image, tag);
    const others = Array.from({ length: 3 }, () =>
      launch([`--join-tag=${tag}`, image, "--", "sh", "-c", WHERE]),
    );
    const outcomes = await Promise.all(others.map(({ ended }) => ended));
    assert.is(new Set(outcomes.map(assertDone)).size, 1);
    const inside = chRun([`--join-pid=${second.child.pid}`, image, "--", "sh", "-c", WHERE]);
    assert.is(assertDone(inside), outcomes[0]?.stdout);
    await releasePeer(second);
    await first.ended;
  }
  await untilNothing(tag, before);
});

runConditional();
