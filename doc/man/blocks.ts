/**
 * The markup of doc/pages, a corner of Markdown:
 *
 *     # NAME SECTION DATE        first line
 *     ## SECTION, ### Subsection
 *     a paragraph of lines, with **bold**, _placeholder_ and `literal`
 *     - a term: what it means, also on lines that are indented
 *         four spaces: an example, as it stands
 *     {options}                  a table of the program
 */

import { parseInline, type Text } from "./inline.ts";

export interface Heading {
  readonly name: string;
  readonly section: string;
  readonly date: string;
}

export type Block =
  | { readonly kind: "section" | "subsection" | "example"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: Text }
  | { readonly kind: "definition"; readonly term: Text; readonly text: Text }
  | { readonly kind: "table"; readonly name: string };

export interface Page {
  readonly heading: Heading;
  readonly blocks: readonly Block[];
}

/** Throws if the first line is not a heading. */
export function parsePage(text: string): Page {
  const [first = "", ...rest] = text.split("\n");
  const [, name, section, date] = /^# (\S+) (\d) (\d{4}-\d\d-\d\d)$/.exec(first) ?? [];
  if (!name || !section || !date) throw new RangeError(`no heading: "${first}"`);
  const groups = rest.join("\n").split(/\n(?:[ \t]*\n)+/);
  return { heading: { name, section, date }, blocks: groups.flatMap(parseGroup) };
}

/** The blocks in a group of lines between empty ones. */
function parseGroup(group: string): readonly Block[] {
  const lines = group.split("\n").filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  if (first === "") return [];
  if (first.startsWith("    ")) return [{ kind: "example", text: unindent(lines) }];
  if (first.startsWith("- ")) return splitBefore(lines, /^- /).map(parseDefinition);
  return [parseSingle(lines)];
}

function parseSingle(lines: readonly string[]): Block {
  const text = joined(lines);
  const [, marks, title] = /^(#{2,3}) (.*)$/.exec(text) ?? [];
  if (title !== undefined) return { kind: marks === "##" ? "section" : "subsection", text: title };
  const [, name] = /^\{(\w+)\}$/.exec(text) ?? [];
  return name === undefined
    ? { kind: "paragraph", text: parseInline(text) }
    : { kind: "table", name };
}

function parseDefinition(lines: readonly string[]): Block {
  const [, term, text] = /^- (.*?): (.*)$/.exec(joined(lines)) ?? [];
  if (!term || !text) throw new RangeError(`neither term nor text: "${joined(lines)}"`);
  return { kind: "definition", term: parseInline(term), text: parseInline(text) };
}

/** Groups of lines, each beginning with one that matches. */
function splitBefore(lines: readonly string[], start: RegExp): string[][] {
  const groups: string[][] = [];
  for (const line of lines) {
    const current = groups.at(-1);
    if (!current || start.test(line)) groups.push([line]);
    else current.push(line);
  }
  return groups;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(" ");
}

function unindent(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^ {4}/, "")).join("\n");
}
