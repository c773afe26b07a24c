/** The benchmark: lay out the track, run every contest, print tables or JSON. */
import { cpus, release } from "node:os";
import { FatalError, usageError } from "../lib/base/error.ts";
import type { Task } from "../lib/base/task.ts";
import { VERSION } from "../lib/base/version.ts";
import type { Arguments } from "../lib/cli/arguments.ts";
import { type Outcome, runContest } from "./contest.ts";
import { conversionContests } from "./conversion.ts";
import { FIGURES_TITLE, type Figure, serverFigures } from "./figures.ts";
import { type Images, makeImages } from "./images.ts";
import { joinContests } from "./join.ts";
import { launchContests } from "./launch.ts";
import { layerContests } from "./layers.ts";
import { pullContests } from "./pull.ts";
import { serviceContests } from "./service.ts";
import { storedContests } from "./stored.ts";
import { formatFigures, formatTable } from "./table.ts";
import { Track } from "./track.ts";
import { variantContests } from "./variants.ts";

const DEFAULT_ROUNDS = "31";
const DEFAULT_FOLDER = "/dev/shm";

/** Paths come from the Makefile, by the environment. */
export async function runBench(args: Arguments, task: Task): Promise<void> {
  const rounds = parseRounds(args.value("rounds") ?? DEFAULT_ROUNDS);
  const stage = { folder: variable("CH_STAGE"), bin: variable("CH_BINDIR") };
  const helpers = { measure: variable("CH_MEASURE"), reader: variable("CH_READER") };
  const native = { applier: variable("CH_APPLIER"), libraries: variable("CH_LIBRARIES") };
  const programs = { ...stage, ...helpers, ...native };
  const tree = args.value("tree") ?? variable("CH_BENCH_TREE");
  const sources = { tree, makeImage: variable("CH_MAKE_IMAGE") };
  const track = await Track.make(args.value("dir") ?? DEFAULT_FOLDER, programs, task);
  try {
    const images = await makeImages(sources, track);
    const print = args.count("json") > 0 ? printJson : printTables;
    const chosen = { rounds, only: args.value("only") ?? "" };
    const outcomes = runAll(images, chosen, track);
    const figures = (): Promise<Figure[]> =>
      FIGURES_TITLE.includes(chosen.only) ? serverFigures(images, track) : Promise.resolve([]);
    await print({ images, outcomes, figures }, task);
  } finally {
    await track.remove();
  }
}

interface Choice {
  readonly rounds: number;
  /** What a title must have in it. */
  readonly only: string;
}

async function* runAll(
  images: Images,
  { rounds, only }: Choice,
  track: Track,
): AsyncGenerator<Outcome> {
  const makers = [
    serviceContests,
    launchContests,
    joinContests,
    storedContests,
    variantContests,
    conversionContests,
    layerContests,
    pullContests,
  ];
  for (const make of makers) {
    for (const contest of await make(images, track, only)) {
      if (contest.title.includes(only)) yield await runContest(contest, rounds, track);
    }
  }
}

interface Results {
  readonly images: Images;
  readonly outcomes: AsyncIterable<Outcome>;
  readonly figures: () => Promise<readonly Figure[]>;
}

async function printTables({ images, outcomes, figures }: Results, { log }: Task) {
  const { version, kernel, processors, image } = describe(images);
  log.print(`charliecloud ${version}, Linux ${kernel}, ${processors} CPUs, image: ${image}`);
  for await (const outcome of outcomes) log.print(`\n${formatTable(outcome)}`);
  const found = await figures();
  if (found.length > 0) log.print(`\n${formatFigures(FIGURES_TITLE, found)}`);
}

async function printJson({ images, outcomes, figures }: Results, { log }: Task) {
  const contests: Outcome[] = [];
  for await (const outcome of outcomes) contests.push(outcome);
  const all = { ...describe(images), contests, figures: await figures() };
  log.print(JSON.stringify(all, null, 2));
}

function describe({ description }: Images) {
  return {
    version: VERSION,
    kernel: release(),
    processors: cpus().length,
    image: description,
  };
}

function parseRounds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usageError(`option --rounds=${text}: not a number from 1 to 9999`);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new FatalError(`$${name} is not set`, { hint: "start the benchmark by make bench" });
}
