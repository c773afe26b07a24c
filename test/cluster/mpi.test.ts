/** Ranks of OpenMPI and MPICH, started by mpirun: --join puts those of a job in one container. */
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import * as assert from "uvu/assert";
import { type Launched, launchAny } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { leftovers, WHERE } from "../helpers/join.ts";
import { ENVIRONMENT, type Mpi, mpiImages, mpis, NO_MPI, pingPong } from "../helpers/mpi.ts";
import { onTerminal } from "../helpers/on-terminal.ts";
import { parsePingPong, printFigures } from "../helpers/ping-pong.ts";
import { untilNobody } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const RANKS = 4;

function start(mpi: Mpi, ...command: readonly string[]): Launched {
  const [file = "", ...options] = mpi.mpirun;
  return launchAny(file, [...options, String(RANKS), ...command], { env: ENVIRONMENT });
}

/** Run the program in a container of all ranks. */
function joined(mpi: Mpi, image: string, ...args: readonly string[]): Launched {
  return start(mpi, installed("ch-run"), "--join", image, "--", `ping-pong.${mpi.name}`, ...args);
}

/** All ranks are where the first is, and memory is read as on the host. */
async function ranksMeet(mpi: Mpi, image: string): Promise<void> {
  const before = leftovers();
  const native = parsePingPong(assertDone(await start(mpi, pingPong(mpi)).ended));
  const inside = parsePingPong(assertDone(await joined(mpi, image).ended));
  printFigures(mpi.name, native, inside);
  assert.equal([native.ranks, inside.ranks], [RANKS, RANKS]);
  assert.is(inside.places.size, 1);
  assert.not.equal([...inside.places], [...native.places]);
  // Where the host forbids it to everybody there is nothing to see.
  assert.equal(
    inside.direct.map((count) => count > 0),
    native.direct.map((count) => count > 0),
  );
  await untilNobody(image);
  assert.equal(leftovers(), before);
}

/** They say who they are by what mpirun gives them, also in one step and below a shell each. */
async function jobsDiffer(mpi: Mpi, image: string): Promise<void> {
  const script = `echo $(${WHERE}); exec sleep 60`;
  const words = [installed("ch-run"), "--join", image, "--", "sh", "-c", script];
  const outer = ["env", "SLURM_STEP_ID=0", "sh", "-c", '"$@"; exit', "sh"];
  const jobs = [start(mpi, ...outer, ...words), start(mpi, ...outer, ...words)];
  const places = ({ output }: Launched) => output().split("\n").filter(Boolean);
  await eventually("all run", () => jobs.every((job) => places(job).length === RANKS));
  const sets = jobs.map((job) => [...new Set(places(job))]);
  assert.equal(
    sets.map(({ length }) => length),
    [1, 1],
  );
  assert.is.not(sets[0]?.[0], sets[1]?.[0]);
  for (const { child } of jobs) child.kill("SIGTERM");
  for (const { ended } of jobs) await ended;
  await untilNobody(image);
}

/** Whatever ends mpirun ends ranks, keeper and server. */
async function killed(mpi: Mpi, image: string): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
    const before = leftovers();
    const { child, output, ended } = joined(mpi, image, "hold");
    await eventually("all run", () => output().match(/^rank|^direct/gm)?.length === RANKS + 2);
    child.kill(signal);
    await untilNobody(image);
    await ended;
    assert.equal(leftovers(), before);
    // What a killed mpirun of OpenMPI leaves behind is its own.
    const user = process.getuid?.();
    rmSync(`/tmp/ompi.${hostname()}.${user}/pid.${child.pid}`, { recursive: true, force: true });
  }
}

/** What mpirun hears from a terminal reaches ranks, keeper and server. */
async function interrupted(mpi: Mpi, image: string): Promise<void> {
  const env = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const words = [installed("ch-run"), "--join", image, "--", `ping-pong.${mpi.name}`, "hold"];
  const command = ["env", ...env, ...mpi.mpirun, String(RANKS), ...words];
  const { status, stdout } = onTerminal([["direct ", "^C"]], command);
  assert.is.not(status, 0, stdout);
  await untilNobody(image);
}

const CASES = [
  ["ranks are in one container, and read each other's memory", ranksMeet],
  ["two jobs have two containers", jobsDiffer],
  ["if mpirun is killed, nothing is left", killed],
  ["^C on the terminal ends all", interrupted],
] as const;

if (mpis.length === 0) {
  for (const [title] of CASES) testIf(false, NO_MPI)(title, () => undefined);
} else {
  for (const [kind, image] of mpiImages()) {
    for (const mpi of mpis) {
      for (const [title, body] of CASES) {
        testIf(true, "")(`${mpi.name}, ${kind}: ${title}`, () => body(mpi, image));
      }
    }
  }
}

runConditional();
