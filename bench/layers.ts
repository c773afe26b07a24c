/** Unpacking of a large layer with both of its digests, against tar, which computes none. */
import { join } from "node:path";
import { findProgram } from "../lib/base/search.ts";
import type { Contest } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

/** How often the tree is in the layer: 500 MB of files. */
const COPIES = 3;
const PREFIX = "unpacking of a large layer";

interface Format {
  readonly name: string;
  /** Options of tar, and the program that packs. */
  readonly option: string;
  readonly pack: readonly string[];
}

const FORMATS: readonly Format[] = [
  { name: "gzip", option: "-xzf", pack: ["gzip", "-f", "-6"] },
  { name: "zstd", option: "--zstd -xf", pack: ["zstd", "-q", "-f", "-3"] },
];

export async function layerContests(
  { directory }: Images,
  track: Track,
  only: string,
): Promise<Contest[]> {
  const wanted = FORMATS.filter(
    ({ name, pack: [program = ""] }) => titleOf(name).includes(only) && findProgram(program),
  );
  if (wanted.length === 0) return [];
  const plain = join(track.folder, "layer.tar");
  await makeLayer(directory, plain, track);
  const contests: Contest[] = [];
  for (const format of wanted) {
    const archive = `${plain}.${format.name}`;
    const pack = `${format.pack.join(" ")} -c "$0" > "$1"`;
    await track.run(["sh", "-c", pack, plain, archive]);
    contests.push(contest(archive, format, track));
  }
  await track.run(["rm", plain]);
  return contests;
}

function titleOf(format: string): string {
  return `${PREFIX}, ${format}`;
}

async function makeLayer(tree: string, archive: string, track: Track): Promise<void> {
  for (let copy = 0; copy < COPIES; copy++) {
    const moved = `--transform=flags=rh;s,^\\.,./copy${copy},`;
    const mode = copy === 0 ? "-cf" : "-rf";
    await track.run(["tar", "-C", tree, "--owner=0", "--group=0", moved, mode, archive, "."]);
  }
}

function contest(archive: string, { name, option }: Format, track: Track): Contest {
  const place = join(track.folder, "unpacked");
  const byTar: Contender = {
    name: `tar ${option}`,
    before: emptied(place),
    command: ["tar", "-C", place, ...option.split(" "), archive],
    ours: false,
  };
  const libraries = `CH_NATIVE_DIR=${track.libraries}`;
  const applyLayer: Contender = {
    name: "this applyLayer()",
    before: emptied(place),
    command: ["env", libraries, process.execPath, track.applier, archive, place],
    ours: true,
  };
  const contenders = [byTar, applyLayer];
  return { title: titleOf(name), reference: byTar, contenders, crowd: false, heavy: true };
}

function emptied(place: string): readonly string[] {
  return ["sh", "-c", 'chmod -R u+rwX "$0" 2>&- ; rm -rf "$0" && mkdir "$0"', place];
}
