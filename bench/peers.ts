/** The programs that are compared, where they are installed. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FatalError } from "../lib/base/error.ts";
import { findProgram } from "../lib/base/search.ts";
import { crunConfig } from "./crun.ts";
import type { Contender, Missing } from "./race.ts";
import { SHARED } from "./shared.ts";
import type { Surroundings, Track } from "./track.ts";

const DEBIAN_CH_RUN = "/usr/bin/ch-run";

/** Something that starts a program of an image. */
export interface Peer extends Surroundings {
  readonly name: string;
  command(image: string, program: readonly string[]): Promise<readonly string[] | Missing>;
  /** See Contender; false unless said otherwise. */
  readonly ours?: boolean;
}

export interface Peers {
  readonly ours: Peer;
  /** With the other SquashFS engine. */
  readonly oursBySquashfuse: Peer;
  /** With a server for each launch; and with one that is there already. */
  readonly oursAlone: Peer;
  readonly oursJoining: Peer;
  readonly bubblewrap: Peer;
  readonly charliecloud: Peer;
  readonly crun: Peer;
  /** What the kernel alone costs: no container, and namespaces without one. */
  readonly limits: readonly Peer[];
}

export async function findPeers(track: Track): Promise<Peers> {
  const chRun = join(track.programs, "ch-run");
  return {
    ours: own("this ch-run", chRun),
    oursBySquashfuse: {
      ...own("this ch-run, libsquashfuse", chRun, "--squashfs-engine=squashfuse"),
      // It may have been left out of the build.
      ours: false,
    },
    oursAlone: own("this ch-run --no-fuse-share", chRun, "--no-fuse-share"),
    oursJoining: own("this ch-run, joining a living server", chRun),
    bubblewrap: await bubblewrap(track),
    charliecloud: await charliecloud(chRun, track),
    crun: await crun(track),
    limits: [
      { name: "fork and exec", command: async (_, program) => program },
      { name: "unshare -Urm", command: async (_, program) => ["unshare", "-Urm", ...program] },
    ],
  };
}

function own(name: string, chRun: string, ...options: readonly string[]): Peer {
  return {
    name,
    command: async (image, program) => [chRun, ...options, image, "--", ...program],
    ours: true,
  };
}

export async function contender(
  peer: Peer,
  image: string,
  program: readonly string[],
): Promise<Contender> {
  const { name, plainCgroup = false, asRoot = false, ours = false } = peer;
  return { name, plainCgroup, asRoot, ours, command: await peer.command(image, program) };
}

async function bubblewrap(track: Track): Promise<Peer> {
  const version = await versionOf("bwrap", track);
  if (!version) return absent("bubblewrap", "no bwrap");
  const binds = SHARED.flatMap((path) => ["--dev-bind", path, path]);
  return {
    name: version,
    command: async (image, program) => ["bwrap", "--ro-bind", image, "/", ...binds, ...program],
  };
}

/** Debian's package; a ch-run at its place that says our version is our own, installed. */
async function charliecloud(ours: string, track: Track): Promise<Peer> {
  const version = await versionOf(DEBIAN_CH_RUN, track);
  if (!version) return absent("charliecloud", `no ${DEBIAN_CH_RUN}`);
  if (version === (await versionOf(ours, track))) {
    return absent("charliecloud", `${DEBIAN_CH_RUN} is this build`);
  }
  const mountPoint = join(track.folder, "mnt");
  await mkdir(mountPoint, { recursive: true });
  await track.own(mountPoint);
  const start = [DEBIAN_CH_RUN, `--mount=${mountPoint}`];
  return {
    name: `charliecloud ${version}`,
    command: async (image, program) => [...start, image, "--", ...program],
  };
}

/** crun takes a bundle instead of arguments: one for each image and program. */
async function crun(track: Track): Promise<Peer> {
  const version = await versionOf("crun", track);
  if (!version) return absent("crun", "no crun");
  const start = ["crun", `--root=${join(track.folder, "crun")}`, "--cgroup-manager=disabled"];
  return {
    name: version.replace(" version", ""),
    async command(image, program) {
      const bundle = await mkdtemp(join(track.folder, "bundle."));
      const config = crunConfig(image, program, track.ids());
      await writeFile(join(bundle, "config.json"), JSON.stringify(config));
      await track.own(bundle);
      return [...start, "run", `--bundle=${bundle}`, "bench-{}"];
    },
    plainCgroup: true,
  };
}

function absent(name: string, missing: string): Peer {
  return { name, command: async () => ({ missing }) };
}

/** The first line of --version; undefined if the program is not there. */
async function versionOf(program: string, track: Track): Promise<string | undefined> {
  if (!program.includes("/") && !findProgram(program)) return undefined;
  try {
    // charliecloud 0.31 says it on standard error.
    const { stdout, errors } = await track.run([program, "--version"]);
    return (stdout.trim() || errors.join("\n")).split("\n")[0];
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}
