/** Ranks of a node that share a container, beside one launch of a shell that starts as many. */
import { join } from "node:path";
import { type Contest, CROWD } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

const PROGRAM = "/bin/true";

/** A shell that starts as many copies of its arguments as a crowd has. It is their parent: peers. */
const START_ALL = [
  "/bin/sh",
  "-c",
  `i=0; while [ $i -lt ${CROWD} ]; do i=$((i + 1)); "$@" & done; wait`,
  "sh",
];

export async function joinContests(images: Images, track: Track): Promise<Contest[]> {
  const zstd = images.squashfs.slice(0, 1).map(({ name, path }) => [`SquashFS, ${name}`, path]);
  const sources = [["a directory", images.directory], ...zstd];
  return sources.map(([name = "", image = ""]) => contest(name, image, track));
}

function contest(name: string, image: string, track: Track): Contest {
  const chRun = join(track.programs, "ch-run");
  const words = [image, "--", PROGRAM];
  const reference = own(`1 launch of a shell that starts ${CROWD}`, [
    ...[chRun, image, "--"],
    ...[...START_ALL, PROGRAM],
  ]);
  return {
    title: `${CROWD} ranks of "true" from ${name}`,
    reference,
    contenders: [
      reference,
      own(`${CROWD} launches with --join`, [...START_ALL, chRun, "--join", ...words]),
      own(`${CROWD} launches, --join-ct`, [...START_ALL, chRun, `--join-ct=${CROWD}`, ...words]),
      own(`${CROWD} launches`, [...START_ALL, chRun, ...words]),
    ],
    crowd: false,
    heavy: true,
  };
}

function own(name: string, command: readonly string[]): Contender {
  return { name, command, ours: true };
}
