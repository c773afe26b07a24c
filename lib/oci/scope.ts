/**
 * Lines of the configuration files that are for images in a scope: a registry, a path in it, or "*"
 * for all. The longest scope that an image lies in counts, with all its lines; of lines that the
 * site has fixed, no others are looked at.
 */
import type { Reference } from "./reference.ts";

export interface ScopedLine {
  readonly scope: string;
  /** File and line, for messages. */
  readonly place: string;
  readonly fixed: boolean;
}

/** The lines that count for an image. */
export function linesFor<Line extends ScopedLine>(
  lines: readonly Line[],
  { registry, repository }: Pick<Reference, "registry" | "repository">,
): readonly Line[] {
  const path = `${registry}/${repository}/`;
  const met = lines.filter(({ scope }) => scope === "*" || path.startsWith(`${scope}/`));
  const fixed = met.filter((line) => line.fixed);
  const counted = fixed.length > 0 ? fixed : met;
  const longest = Math.max(...counted.map(({ scope }) => breadth(scope)));
  return counted.filter(({ scope }) => breadth(scope) === longest);
}

function breadth(scope: string): number {
  return scope === "*" ? 0 : scope.length;
}
