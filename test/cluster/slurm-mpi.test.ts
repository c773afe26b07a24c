/** Ranks of OpenMPI and MPICH under real Slurm, 4 on each node. As root: `make check-root`. */
import * as assert from "uvu/assert";
import { ENVIRONMENT, type Mpi, mpiImages, mpis, NO_MPI, pingPong } from "../helpers/mpi.ts";
import { type PingPong, parsePingPong, printFigures } from "../helpers/ping-pong.ts";
import { assertDone } from "../helpers/refusal.ts";
import { type Cluster, noSlurm, withCluster } from "../helpers/slurm.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const reason = noSlurm() ?? (mpis.length === 0 ? NO_MPI : undefined);
const testMpi = testIf(reason === undefined, reason ?? "");

/** MPICH 4.0 does not end, with or without containers, where two nodes are on one host. */
const nodesOf = ({ name }: Mpi) => (name === "mpich" ? ["n1"] : ["n1", "n2"]);

/** Run a command as 4 ranks on each node. */
async function play(cluster: Cluster, mpi: Mpi, ...command: readonly string[]): Promise<PingPong> {
  const env = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const srun = ["srun", "--quiet", mpi.srun, `-w${nodesOf(mpi)}`, "--ntasks-per-node=4"];
  return parsePingPong(assertDone(await cluster.start("env", ...env, ...srun, ...command).ended));
}

async function ranksMeet(cluster: Cluster, mpi: Mpi, image: string): Promise<void> {
  const native = await play(cluster, mpi, pingPong(mpi));
  const words = [cluster.program, "--join", image, "--", `ping-pong.${mpi.name}`];
  const inside = await play(cluster, mpi, ...words);
  printFigures(`srun ${mpi.srun}, ${mpi.name}`, native, inside);
  const ranks = 4 * nodesOf(mpi).length;
  assert.equal([native.ranks, inside.ranks], [ranks, ranks]);
  assert.equal([...inside.places].map((place) => place.split(" ")[0]).sort(), nodesOf(mpi));
  // Where the host forbids it to everybody there is nothing to see.
  assert.equal(
    inside.direct.map((count) => count > 0),
    native.direct.map((count) => count > 0),
  );
  await cluster.untilNothing(image);
}

const images = reason === undefined ? mpiImages() : [["image", ""] as const];
for (const [kind, image] of images) {
  testMpi(`ranks of MPI in a ${kind} are in one container for each node`, () =>
    withCluster(async (cluster) => {
      for (const mpi of mpis) await ranksMeet(cluster, mpi, image);
    }),
  );
}

runConditional();
