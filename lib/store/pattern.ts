/** Patterns of image names, as a shell has them: `*`, `?` and `[...]`, which also match a "/". */
import { familiarName, parseReference } from "../oci/reference.ts";

/** Whether an image's name is one of those that are meant. */
export function matchesName(name: string, pattern: string): boolean {
  if (!isPattern(pattern)) return name === familiarName(parseReference(pattern));
  return expressionOf(pattern).test(name);
}

export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\*|\?|\[(!?)([^\]]+)\]|[^*?[]|\[/g,
    (part, negated?: string, set?: string) => {
      if (part === "*") return ".*";
      if (part === "?") return ".";
      if (set !== undefined) return `[${negated ? "^" : ""}${set.replace(/[\\^]/g, "\\$&")}]`;
      return part.replace(/[\\^$.|+(){}[\]]/g, "\\$&");
    },
  );
  return new RegExp(`^${source}$`);
}
