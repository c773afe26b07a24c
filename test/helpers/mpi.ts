/** The MPI libraries of this host: a program of ours for each, and an image that has both. */
import { copyFileSync, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ownFolder } from "./own-folder.ts";
import { must, runAny } from "./program.ts";
import { isInstalled, makeRoot, makeSquashImage, squashWay } from "./root-image.ts";

export interface Mpi {
  readonly name: string;
  readonly compiler: string;
  /** Words that run a command as so many ranks; root and busy machines are no obstacle. */
  readonly mpirun: readonly string[];
  /** What srun has to be told. */
  readonly srun: string;
}

const KINDS: readonly Mpi[] = [
  {
    name: "openmpi",
    compiler: "mpicc.openmpi",
    mpirun: ["mpirun.openmpi", "--oversubscribe", "--allow-run-as-root", "-np"],
    srun: "--mpi=pmix",
  },
  { name: "mpich", compiler: "mpicc.mpich", mpirun: ["mpirun.mpich", "-np"], srun: "--mpi=pmi2" },
];

/** No library looks for a network: what is tested is on this host. */
export const ENVIRONMENT = {
  OMPI_MCA_btl_tcp_if_include: "lo",
  OMPI_MCA_oob_tcp_if_include: "lo",
  HYDRA_IFACE: "lo",
  UCX_NET_DEVICES: "lo",
  // Without it PMIx asks who the user is, and ends if nobody knows.
  HOME: "/nonexistent",
  // PMIx 4 has a store in shared memory whose locks it complains of under Slurm.
  PMIX_MCA_gds: "hash",
};

/** Folders of what the libraries open by themselves. */
const PLUGINS = ["openmpi/lib/openmpi3", "pmix2/lib", "pmix2/share", "ucx"];
const SETTINGS = ["/etc/openmpi", "/usr/share/openmpi"];

/** Those that there are. */
export const mpis = KINDS.filter(({ compiler, mpirun: [launcher = ""] }) =>
  [compiler, launcher].every(isInstalled),
);

/** Why a library is not among them. */
export const NO_MPI = "neither OpenMPI nor MPICH is installed (libopenmpi-dev, libmpich-dev)";

/** The program, on the host; the image has it as /usr/bin/ping-pong.NAME. */
export function pingPong({ name, compiler }: Mpi): string {
  const program = join(ownFolder(), `ping-pong.${name}`);
  const source = join(process.env["CH_SOURCE_DIR"] ?? ".", "test/cluster/ping-pong.c");
  if (!existsSync(program)) must(compiler, "-O2", "-rdynamic", "-o", program, source);
  return program;
}

/** Images with the programs, by the names of their kinds. */
export function mpiImages(): readonly (readonly [string, string])[] {
  const image = join(ownFolder(), "mpi");
  if (!existsSync(image)) fill(makeRoot(image), mpis.map(pingPong));
  if (squashWay !== "mounted") return [["directory", image]];
  const squash = `${image}.sqfs`;
  if (!existsSync(squash)) makeSquashImage(image, squash);
  return [
    ["directory", image],
    ["SquashFS", squash],
  ];
}

/** Put programs into an image, and all that they load. */
function fill(image: string, programs: readonly string[]): void {
  for (const program of programs) copyFileSync(program, join(image, "usr/bin", basename(program)));
  const libraries = new Set(librariesOf(programs).map(dirname));
  const folders = [...libraries].flatMap((folder) => PLUGINS.map((name) => join(folder, name)));
  const files = filesBelow([...folders, ...SETTINGS].filter(existsSync));
  const all = new Set([...files, ...librariesOf([...programs, ...files])]);
  must("cp", "-L", "--parents", "-t", image, ...all);
}

/** What the dynamic linker loads for them, itself among it. */
function librariesOf(files: readonly string[]): string[] {
  const { stdout } = runAny("ldd", files);
  return [...stdout.matchAll(/^[^/\n]*(\/\S+) \(0x/gm)].map(([, path = ""]) => path);
}

function filesBelow(folders: readonly string[]): string[] {
  return folders.length === 0
    ? []
    : must("find", ...folders, "-not", "-type", "d")
        .trim()
        .split("\n");
}
