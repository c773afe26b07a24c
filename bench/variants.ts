/**
 * How an image is made, against how fast it starts: the same tree with its start-up files stored as
 * they are, and with other compressors and block sizes. The sizes stand in the names.
 */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { formatBytes } from "../lib/base/progress.ts";
import type { Contest } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

interface Variant {
  readonly name: string;
  /** Of ch-convert. */
  readonly options: readonly string[];
}

const USUAL: Variant = { name: "zstd:3, 128K", options: [] };
const PREPARED: Variant = { name: "prepared", options: ["--prepare"] };
const OTHERS: readonly Variant[] = [
  ...["32K", "512K"].map((size) => variant("zstd:3", size)),
  ...["zstd:1", "zstd:19", "gzip:6", "lz4", "xz"].map((compressor) => variant(compressor, "128K")),
];

function variant(compressor: string, size: string): Variant {
  const options = [`--compress=${compressor}`, `--block-size=${size}`];
  return { name: `${compressor}, ${size}`, options };
}

const PREPARED_TITLE = "prepared to start fast";
const OTHERS_TITLE = "compressors and block sizes";

/** Images are made, which takes a while, for contests that are wanted. */
export async function variantContests(
  images: Images,
  track: Track,
  only: string,
): Promise<Contest[]> {
  const wanted = (title: string): boolean =>
    images.programs.some((program) => titleOf(title, program).includes(only));
  const tables = [
    { title: PREPARED_TITLE, variants: [PREPARED] },
    { title: OTHERS_TITLE, variants: OTHERS },
  ].filter(({ title }) => wanted(title));
  if (tables.length === 0) return [];
  const usual = await makeVariant(USUAL, images, track);
  const contests: Contest[] = [];
  for (const { title, variants } of tables) {
    const made = [usual];
    for (const each of variants) made.push(await makeVariant(each, images, track));
    contests.push(...images.programs.map((program) => contest(title, program, { made, track })));
  }
  return contests;
}

/** That of a contest of one program. */
function titleOf(title: string, program: readonly string[]): string {
  const what = [basename(program[0] ?? ""), ...program.slice(1)].join(" ");
  return `launch of "${what}", ${title}`;
}

interface Made {
  readonly name: string;
  readonly path: string;
}

async function makeVariant(
  { name, options }: Variant,
  { directory }: Images,
  track: Track,
): Promise<Made> {
  const path = join(track.folder, `${name.replace(/\W+/g, "-")}.sqfs`);
  await track.run([join(track.programs, "ch-convert"), "-q", ...options, directory, path]);
  const { size } = await stat(path);
  return { name: `${name} (${formatBytes(size)})`, path };
}

function contest(
  title: string,
  program: readonly string[],
  { made, track }: { readonly made: readonly Made[]; readonly track: Track },
): Contest {
  const command = [join(track.programs, "ch-run")];
  const contenders = made.map(({ name, path }): Contender => {
    return { name, command: [...command, path, "--", ...program], ours: true };
  });
  const [reference] = contenders;
  if (!reference) throw new RangeError("a contest without contenders");
  return {
    title: titleOf(title, program),
    reference,
    contenders,
    crowd: false,
    heavy: false,
  };
}
