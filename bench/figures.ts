/** What a server takes, and how soon it ends: figures that are no race. */
import { join } from "node:path";
import { FatalError } from "../lib/base/error.ts";
import { argumentsOf, nameOf, processIds, readProc } from "../lib/host/processes.ts";
import { CROWD } from "./contest.ts";
import type { Images } from "./images.ts";
import { withLivingServer } from "./living.ts";
import { median } from "./statistics.ts";
import type { Track } from "./track.ts";

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a server calls itself. */
const SERVER = "ch-run-squashfs";
const KIB = 1024;
const ENDS = 11;

export const FIGURES_TITLE = "the server of a SquashFS image";

export async function serverFigures(images: Images, track: Track): Promise<Figure[]> {
  const image = images.squashfs[0]?.living ?? "";
  const program = images.programs.at(-1) ?? [];
  const chRun = join(track.programs, "ch-run");
  const memory = await withLivingServer(image, track, async () => {
    await track.measure([chRun, image, "--", ...program], { copies: CROWD });
    return memoryFigures(serversOf(image));
  });
  const ends: number[] = [];
  for (let round = 0; round < ENDS; round++) {
    const { rest } = await track.measure([chRun, image, "--", "/bin/true"], { copies: 1 });
    ends.push(rest);
  }
  return [...memory, { name: "its end after the last process", value: median(ends), unit: "ms" }];
}

function serversOf(image: string): number[] {
  return processIds().filter((pid) => nameOf(pid) === SERVER && argumentsOf(pid).includes(image));
}

function memoryFigures(servers: readonly number[]): Figure[] {
  const mappings = servers.flatMap((pid) => mappingsOf(readProc(pid, "smaps")));
  const all = mappings.reduce((sum, { pss }) => sum + pss, 0);
  // The largest is the arena of unpacked blocks.
  const [arena] = [...mappings].sort((a, b) => b.size - a.size);
  if (!arena) throw new FatalError("cannot find the server of an image");
  const what = `${CROWD} processes of an image`;
  return [
    { name: `servers of ${what}`, value: servers.length, unit: "" },
    { name: "its memory (PSS)", value: all / KIB, unit: "MiB" },
    { name: "the same without its cache", value: (all - arena.pss) / KIB, unit: "MiB" },
  ];
}

interface Mapping {
  readonly size: number;
  /** KiB, as is size. */
  readonly pss: number;
}

/** What is not accessible, as the rest of an allocator's address space, counts as nothing. */
function mappingsOf(smaps: string): Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const pss = Number(/^Pss:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0);
    const size = Number(/^Rss:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0);
    return pss > 0 ? [{ size, pss }] : [];
  });
}
