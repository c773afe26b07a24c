/** Tables for people: columns as wide as they must be. */

/** The lines of a table, the headings first; columns in `right` end at the same place. */
export function formatColumns(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return all.map((row) => row.map(pad).join("  ").trimEnd());
}
