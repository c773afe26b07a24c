/** A contest is a table of the result: contenders that do the same work, alone and as a crowd. */
import { withLivingServer } from "./living.ts";
import { type Contender, type Result, runRace } from "./race.ts";
import type { Summary } from "./statistics.ts";
import type { Track } from "./track.ts";

/** How many start at once. */
export const CROWD = 64;
/** Rounds of a crowd, of a heavy contest, as a part of those of a light one alone. */
const FEW = 1 / 6;

export interface Contest {
  readonly title: string;
  /** Whose time the others are divided by; one of the contenders. */
  readonly reference: Contender;
  readonly contenders: readonly Contender[];
  /** Whether a crowd is measured, too. */
  readonly crowd: boolean;
  /** Whether one start takes seconds. */
  readonly heavy: boolean;
  /** See MeasureOptions. */
  readonly tells?: boolean;
  /** A SquashFS image whose server lives all the while. */
  readonly living?: string;
}

export interface Outcome {
  readonly title: string;
  readonly reference: string;
  readonly rows: readonly Row[];
  readonly missing: readonly NotMeasured[];
}

export interface Row {
  readonly name: string;
  readonly alone: Measured;
  readonly crowd: Measured | undefined;
}

export interface Measured extends Summary {
  /** Median to that of the reference, if that was measured. */
  readonly ratio: number | undefined;
}

export interface NotMeasured {
  readonly name: string;
  readonly reason: string;
}

export function runContest(contest: Contest, rounds: number, track: Track): Promise<Outcome> {
  const body = (): Promise<Outcome> => runRaces(contest, rounds, track);
  return contest.living === undefined ? body() : withLivingServer(contest.living, track, body);
}

async function runRaces(contest: Contest, rounds: number, track: Track): Promise<Outcome> {
  const { title, reference, contenders, tells = false } = contest;
  const few = Math.max(1, Math.round(rounds * FEW));
  const alone = { contenders, tells, copies: 1, rounds: contest.heavy ? few : rounds };
  const aloneResults = await runRace(alone, track);
  const crowdResults = contest.crowd
    ? await runRace({ contenders, tells, copies: CROWD, rounds: few }, track)
    : [];
  const find = finder(reference.name);
  return {
    title,
    reference: reference.name,
    rows: contenders.flatMap(({ name }) => {
      const measured = find(aloneResults, name);
      return measured ? [{ name, alone: measured, crowd: find(crowdResults, name) }] : [];
    }),
    missing: notMeasured(aloneResults, crowdResults),
  };
}

/** A function that finds what was measured, and its ratio to the reference in the same race. */
function finder(reference: string) {
  return (results: readonly Result[], name: string): Measured | undefined => {
    const summary = summaryOf(results, name);
    const divisor = summaryOf(results, reference)?.median;
    return summary && { ...summary, ratio: divisor && summary.median / divisor };
  };
}

function summaryOf(results: readonly Result[], name: string): Summary | undefined {
  const result = results.find((each) => each.name === name);
  return result?.kind === "measured" ? result.summary : undefined;
}

/** Everybody who is missing from a race, once; from the crowd alone, that is said. */
function notMeasured(alone: readonly Result[], crowd: readonly Result[]): NotMeasured[] {
  const missing = new Map<string, string>();
  for (const result of crowd) {
    if (result.kind === "missing") missing.set(result.name, `${CROWD} at once: ${result.reason}`);
  }
  for (const result of alone) {
    if (result.kind === "missing") missing.set(result.name, result.reason);
  }
  return [...missing].map(([name, reason]) => ({ name, reason }));
}
