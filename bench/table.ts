/** Results for people: one table for each contest, and below it what could not be measured. */
import { CROWD, type Measured, type Outcome, type Row } from "./contest.ts";
import type { Figure } from "./figures.ts";

type Cell = string | number;

const ALONE = ["median ms", "min ms", "CPU ms", "RSS MiB", "ratio"];
const TOGETHER = [`${CROWD} at once: ms`, "CPU ms", "RSS MiB", "ratio"];
const NOTHING = "-";

export function formatTable(outcome: Outcome): string {
  const crowd = outcome.rows.some((row) => row.crowd !== undefined);
  const head = [outcome.title, ...ALONE, ...(crowd ? TOGETHER : [])];
  const rows = outcome.rows.map((row) => [...aloneCells(row), ...(crowd ? crowdCells(row) : [])]);
  const missing = outcome.missing.map(({ name, reason }) => `not measured: ${name}: ${reason}`);
  return [...align([head, ...rows]), ...missing].join("\n");
}

export function formatFigures(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit }) => [name, value, unit]);
  return align([[title, "", ""], ...rows]).join("\n");
}

function aloneCells({ name, alone }: Row): Cell[] {
  return [name, alone.median, alone.min, alone.cpu, alone.rss, ratioCell(alone)];
}

function crowdCells({ crowd }: Row): Cell[] {
  if (!crowd) return TOGETHER.map(() => NOTHING);
  return [crowd.median, crowd.cpu, crowd.rss, ratioCell(crowd)];
}

function ratioCell({ ratio }: Measured): Cell {
  return ratio ?? NOTHING;
}

/** The first column to the left, numbers to the right. */
function align(rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => row.map(cellText));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  return texts.map((row) => row.map((text, column) => pad(text, column, widths)).join("  "));
}

function pad(text: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return cell.toFixed(cell < 1000 ? 2 : 0);
}
