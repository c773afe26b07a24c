/** A cluster of two nodes, which Slurm runs for the tests of a file; an ordinary user submits. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { withCopy } from "./as-user.ts";
import { type Launched, launchAny } from "./ch-run.ts";
import { eventually } from "./eventually.ts";
import { isRunning, processesWith } from "./processes.ts";
import { must, type Outcome } from "./program.ts";
import { directoryImage, squashImage, squashWay } from "./root-image.ts";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "srun", "scancel", "sinfo"];
/** A user that every system has, who is not root: Slurm wants users to have names. */
export const SLURM_USER = "daemon";

/** An image that ch-run has mounted; ch-mount does it in a user's own folders. */
const OUR_MOUNT = / \/ \/(image)? \S+ .*- fuse\.squashfuse_ll /;

/** Why there can be no cluster here, or undefined. */
export function noSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can set up a cluster";
  const folders = `${process.env["PATH"]}:/usr/sbin:/sbin`.split(":");
  const missing = PROGRAMS.filter(
    (name) => !folders.some((folder) => tryList(folder).includes(name)),
  );
  return missing.length > 0 ? `not installed: ${missing.join(" ")} (slurm-wlm, munge)` : undefined;
}

function tryList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export class Cluster {
  /** A ch-run that every user may run. */
  readonly program: string;
  readonly #folder: string;

  constructor(folder: string, program: string) {
    this.#folder = folder;
    this.program = program;
  }

  /** Images that every user may read. */
  images(): string[] {
    const folder = dirname(this.program);
    const image = join(folder, "image");
    if (!tryList(folder).includes("image")) must("cp", "-a", directoryImage(), image);
    if (squashWay === "impossible") return [image];
    copyFileSync(squashImage(), `${image}.sqfs`);
    return [image, `${image}.sqfs`];
  }

  /** Start a command of Slurm's as the user. */
  start(...words: readonly string[]): Launched {
    const ids = ["--reuid", SLURM_USER, "--regid", SLURM_USER, "--clear-groups"];
    const settings = { env: { SLURM_CONF: `${this.#folder}/slurm.conf` }, cwd: "/" };
    return launchAny("setpriv", [...ids, ...words], settings);
  }

  /** Run ch-run on 2 nodes, 4 ranks each. */
  srun(...words: readonly string[]): Promise<Outcome> {
    return this.start("srun", "--quiet", "-N2", "--ntasks-per-node=4", this.program, ...words)
      .ended;
  }

  /** Wait until no process mentions `text`, and no node has a mount of ours. */
  async untilNothing(text: string): Promise<void> {
    const left = () => processesWith(text).map(({ line }) => line);
    await eventually(`no process mentions ${text}`, () => left().length === 0);
    for (const { pid } of processesWith("slurmd -D").filter(({ pid }) => isRunning(pid))) {
      assert.not.match(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), OUR_MOUNT);
    }
  }
}

/** Set up a cluster for the body, and take it down whatever happens. */
export function withCluster(body: (cluster: Cluster) => Promise<unknown>): Promise<void> {
  return withCopy(async (program) => {
    const folder = join(dirname(dirname(dirname(program))), "cluster");
    mkdirSync(folder, { mode: 0o755 });
    const script = join(process.env["CH_SOURCE_DIR"] ?? ".", "test/cluster/slurm-cluster.sh");
    const daemons = spawn("sh", [script, folder], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise((resolve) => daemons.once("close", resolve));
    try {
      await ready(daemons);
      await body(new Cluster(folder, program));
    } finally {
      daemons.stdin.end();
      await ended;
    }
  });
}

function ready(daemons: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    daemons.stdout?.once("data", () => resolve());
    daemons.once("close", (status) => reject(new Error(`the cluster ended: ${status}`)));
  });
}
