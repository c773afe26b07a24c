/** --join under real Slurm: 2 nodes, 4 ranks each. As root: `make check-root`. */
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { Launched } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { WHERE } from "../helpers/join.ts";
import { rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { type Cluster, noSlurm, withCluster } from "../helpers/slurm.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const reason = noSlurm();
const testSlurm = testIf(reason === undefined, reason ?? "");

/** The containers that ranks tell, in a line each: by node, how many ranks are in it. */
function containers(output: string): string[] {
  const counts = new Map<string, number>();
  for (const line of output.trim().split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => `${line.split(" ")[0]} ${count}`).sort();
}

const TELL = `echo $SLURMD_NODENAME $(${WHERE})`;

/** The ranks of each node are in one container, although they may end before others begin. */
async function ranksMeet(cluster: Cluster, image: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const words = ["--join-ct=auto", image, "--", "sh", "-c", TELL];
    assert.equal(containers(assertDone(await cluster.srun(...words))), ["n1 4", "n2 4"]);
  }
  await cluster.untilNothing(image);
}

/** Ranks that end at once, the first of the node maybe among them, harm nobody. */
async function firstEnds(cluster: Cluster, image: string): Promise<void> {
  const script = "[ $SLURM_LOCALID = 0 ] && exit 0; sleep 0.05; cat /etc/os-release";
  for (let round = 0; round < rounds; round++) {
    const output = assertDone(await cluster.srun("--join", image, "--", "sh", "-c", script));
    assert.is(output.match(/VARIANT_ID=charliecloud/g)?.length, 6);
  }
  await cluster.untilNothing(image);
}

/** Two jobs have the same step ids. */
async function jobsDiffer(cluster: Cluster, image: string): Promise<void> {
  const script = `${TELL}; exec sleep 60`;
  const words = [
    "srun",
    "--quiet",
    "-N1",
    "-wn1",
    "-n1",
    cluster.program,
    "--join",
    image,
    "--",
    "sh",
    "-c",
  ];
  const first = cluster.start(...words, script);
  await eventually("the first job runs", () => first.output().includes("mnt"));
  const second = await cluster.start(...words, TELL).ended;
  assert.match(assertDone(second), /^n1 /);
  assert.is.not(assertDone(second), first.output());
  first.child.kill("SIGKILL");
  await cluster.start("scancel", "--user=daemon").ended;
  await cluster.untilNothing(image);
}

const HOLD = "echo up; exec sleep 987654";

/** Ranks on both nodes that wait until something ends them. */
async function startRanks(cluster: Cluster, image: string): Promise<Launched> {
  const where = ["srun", "--quiet", "-N2", "--ntasks-per-node=4"];
  const what = [cluster.program, "--join", image, "--", "sh", "-c", HOLD];
  const job = cluster.start(...where, ...what);
  await eventually("all ranks run", () => job.output().match(/up\n/g)?.length === 8);
  return job;
}

async function assertEnded(cluster: Cluster, image: string, job: Launched): Promise<void> {
  assert.is.not((await job.ended).status, 0);
  await cluster.untilNothing("sleep 987654");
  await cluster.untilNothing(image);
}

/** scancel ends ranks, keepers and servers, on both nodes. */
async function cancelEnds(cluster: Cluster, image: string): Promise<void> {
  for (const options of [[], ["--signal=KILL"]]) {
    const job = await startRanks(cluster, image);
    assertDone(await cluster.start("scancel", "--user=daemon", ...options).ended);
    await assertEnded(cluster, image, job);
  }
}

/** So does what srun hears itself; it takes a second ^C to mean it. */
async function signalEnds(cluster: Cluster, image: string): Promise<void> {
  for (const signals of [["SIGTERM"], ["SIGHUP"], ["SIGINT", "SIGINT"]] as const) {
    const job = await startRanks(cluster, image);
    for (const signal of signals) {
      job.child.kill(signal);
      await sleep(100);
    }
    await assertEnded(cluster, image, job);
  }
}

const CASES = [
  ["ranks of a node are in one container, those of two nodes in two", ranksMeet],
  ["ranks survive that the first of their node ends", firstEnds],
  ["two jobs on a node have two containers", jobsDiffer],
  ["scancel leaves no process and no mount", cancelEnds],
  ["a signal that ends srun leaves neither", signalEnds],
] as const;

for (const [title, body] of CASES) {
  testSlurm(title, () =>
    withCluster(async (cluster) => {
      for (const image of cluster.images()) await body(cluster, image);
    }),
  );
}

runConditional();
