/** What test/cluster/ping-pong.c prints. */

export interface PingPong {
  /** How many ranks said hello. */
  readonly ranks: number;
  /** Where they are: node and namespaces. */
  readonly places: ReadonlySet<string>;
  /** How often each of the two that play has read the other's memory. */
  readonly direct: readonly number[];
  readonly microseconds: number;
  readonly mebibytes: number;
}

export function parsePingPong(output: string): PingPong {
  const ranks = [...output.matchAll(/^rank \d+ (.*)$/gm)].map(([, place = ""]) => place);
  const direct = [...output.matchAll(/^direct (\d+)$/gm)].map(([, count]) => Number(count));
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(output)?.[1]);
  return {
    ranks: ranks.length,
    places: new Set(ranks),
    direct,
    microseconds: figure("latency"),
    mebibytes: figure("bandwidth"),
  };
}

/** Nothing depends on figures, but whoever reads the log sees them. */
export function printFigures(title: string, native: PingPong, inside: PingPong): void {
  const text = ({ microseconds, mebibytes, direct }: PingPong) =>
    `${microseconds} us, ${mebibytes} MiB/s, direct ${direct.join("+")}`;
  console.log(`${title}: native ${text(native)}; with --join ${text(inside)}`);
}
