/**
 * A race: several commands that do the same work, started in turns. Within a round the order is
 * random, so that none always follows the one that leaves the caches warm; the seed is fixed, so
 * that two runs of the benchmark do the same.
 */
import { FatalError } from "../lib/base/error.ts";
import { shuffler } from "./order.ts";
import type { Sample } from "./sample.ts";
import { type Summary, summarize } from "./statistics.ts";
import type { MeasureOptions, Surroundings, Track } from "./track.ts";

export interface Contender extends Surroundings {
  readonly name: string;
  /** What to start; or why there is nothing to start. */
  readonly command: readonly string[] | Missing;
  /** Run before each start, unmeasured. */
  readonly before?: readonly string[];
  /** A program of this build: if it fails, so does the benchmark. */
  readonly ours: boolean;
}

export interface Missing {
  readonly missing: string;
}

export interface Race {
  readonly contenders: readonly Contender[];
  /** How many copies start at once. */
  readonly copies: number;
  /** See MeasureOptions. */
  readonly tells: boolean;
  readonly rounds: number;
}

/** A contender's result: what was measured, or why nothing was. */
export type Result = { readonly name: string } & (
  | { readonly kind: "measured"; readonly summary: Summary }
  | { readonly kind: "missing"; readonly reason: string }
);

/** Run all rounds of a race; results are in the order of the contenders. */
export async function runRace(race: Race, track: Track): Promise<Result[]> {
  const missing = new Map<Contender, string>();
  for (const contender of race.contenders) {
    const reason = await warmUp(contender, race, track);
    if (reason !== undefined) missing.set(contender, reason);
  }
  const runners = race.contenders.filter((contender) => !missing.has(contender));
  const samples = await runRounds(runners, race, track);
  return race.contenders.map((contender) => {
    const { name } = contender;
    const reason = missing.get(contender);
    if (reason !== undefined) return { name, kind: "missing", reason };
    return { name, kind: "measured", summary: summarize(samples.get(contender) ?? []) };
  });
}

/** A first start that does not count: it fills caches and shows who cannot run here. */
async function warmUp(contender: Contender, race: Race, track: Track): Promise<string | undefined> {
  if ("missing" in contender.command) return contender.command.missing;
  try {
    await measure(contender, contender.command, race, track);
    return undefined;
  } catch (error) {
    if (error instanceof FatalError && !contender.ours) return error.message;
    throw error;
  }
}

async function measure(
  contender: Contender,
  command: readonly string[],
  race: Race,
  track: Track,
): Promise<Sample> {
  const { before, asRoot = false } = contender;
  if (before) await track.run(before, { asRoot });
  return track.measure(command, conditions(contender, race));
}

function conditions(
  { plainCgroup = false, asRoot = false }: Surroundings,
  { copies, tells }: Race,
): MeasureOptions {
  return { plainCgroup, asRoot, copies, tells };
}

async function runRounds(
  runners: readonly Contender[],
  race: Race,
  track: Track,
): Promise<Map<Contender, Sample[]>> {
  const samples = new Map<Contender, Sample[]>(runners.map((runner) => [runner, []]));
  const shuffle = shuffler();
  for (let round = 0; round < race.rounds; round++) {
    for (const runner of shuffle(runners)) {
      const { command } = runner;
      if ("missing" in command) continue;
      samples.get(runner)?.push(await measure(runner, command, race, track));
    }
  }
  return samples;
}
