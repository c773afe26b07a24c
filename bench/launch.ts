/** Launch latency: how long until a program of an image has run, one alone and many at once. */
import { basename } from "node:path";
import type { Contest } from "./contest.ts";
import type { Images, LaunchedImage } from "./images.ts";
import { contender, findPeers, type Peer, type Peers } from "./peers.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

type Program = readonly string[];

export async function launchContests(images: Images, track: Track): Promise<Contest[]> {
  const peers = await findPeers(track);
  const contests: Contest[] = [];
  for (const program of images.programs) {
    contests.push(await directoryContest(images.directory, program, peers));
    for (const image of images.squashfs) {
      contests.push(await squashfsContest(image, program, peers));
    }
  }
  contests.push(await crowdContest(images, peers));
  return contests;
}

/** Processes of one program that does something, all of one image. */
async function crowdContest(images: Images, peers: Peers): Promise<Contest> {
  const program = images.programs.at(-1) ?? [];
  const image = images.squashfs[0]?.path ?? "";
  const plain = { ...peers.ours, name: "this ch-run, directory" };
  const reference = await contender(plain, images.directory, program);
  const served = [peers.charliecloud, peers.oursAlone, peers.ours];
  const others = await Promise.all(served.map((peer) => contender(peer, image, program)));
  return {
    title: `many processes of "${program.join(" ")}", one SquashFS image`,
    reference,
    contenders: [reference, ...others],
    crowd: true,
    heavy: true,
  };
}

async function directoryContest(image: string, program: Program, peers: Peers): Promise<Contest> {
  const { limits, bubblewrap, charliecloud, crun, ours } = peers;
  const prepare = (peer: Peer): Promise<Contender> => contender(peer, image, program);
  const reference = await prepare(bubblewrap);
  const before = await Promise.all(limits.map(prepare));
  const after = await Promise.all([charliecloud, crun, ours].map(prepare));
  return {
    title: `${launchOf(program)} from a directory`,
    reference,
    contenders: [...before, reference, ...after],
    ...effort(program),
  };
}

/** Who joins a server has a copy of the image, or all would. */
async function squashfsContest(
  { name, path, living }: LaunchedImage,
  program: Program,
  { charliecloud, ours, oursAlone, oursJoining, oursBySquashfuse }: Peers,
): Promise<Contest> {
  const reference = await contender(charliecloud, path, program);
  const own = await contender(ours, path, program);
  const alone = await contender(oursAlone, path, program);
  const joining = await contender(oursJoining, living, program);
  return {
    title: `${launchOf(program)} from SquashFS, ${name}`,
    reference,
    contenders: [reference, await contender(oursBySquashfuse, path, program), own, alone, joining],
    living,
    ...effort(program),
  };
}

function launchOf([file = "", ...args]: Program): string {
  return `launch of "${[basename(file), ...args].join(" ")}"`;
}

/** The crowd shows what the launcher costs; a program that does something would hide it. */
function effort(program: Program): Pick<Contest, "crowd" | "heavy"> {
  return { crowd: program.length === 1, heavy: false };
}
