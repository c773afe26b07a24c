/** A page in the man(7) language, which every man program reads. */
import type { Block, Heading } from "./blocks.ts";
import type { Font, Span, Text } from "./inline.ts";

export interface Document {
  readonly heading: Heading;
  readonly version: string;
  readonly blocks: readonly Block[];
}

const MANUALS: Readonly<Record<string, string>> = {
  "1": "User Commands",
  "5": "File Formats",
  "7": "Miscellaneous Information",
};

export function formatPage({ heading, version, blocks }: Document): string {
  const { name, section, date } = heading;
  const title = [
    name.toUpperCase(),
    section,
    date,
    `Charliecloud ${version}`,
    MANUALS[section] ?? "",
  ];
  const lines = [
    '.\\" Made from doc/pages and the option tables; do not edit.',
    `.TH ${title.map(quoted).join(" ")}`,
    ...blocks.flatMap((block, index) => formatBlock(block, blocks[index - 1])),
  ];
  return `${lines.join("\n")}\n`;
}

function formatBlock(block: Block, before: Block | undefined): readonly string[] {
  switch (block.kind) {
    case "section":
      return [`.SH ${quoted(literal(block.text))}`];
    case "subsection":
      return [`.SS ${quoted(literal(block.text))}`];
    case "paragraph":
      return [...separator(before), line(inline(block.text))];
    case "definition":
      return [".TP", line(inline(block.term)), line(inline(block.text))];
    case "example":
      return [
        ...separator(before),
        ".in +4n",
        ".EX",
        ...block.text.split("\n").map((text) => line(literal(text))),
        ".EE",
        ".in",
      ];
    case "table":
      throw new RangeError(`table {${block.name}} has not been filled in`);
  }
}

/** What comes right after a title needs no macro to begin. */
function separator(before: Block | undefined): readonly string[] {
  return before?.kind === "section" || before?.kind === "subsection" ? [] : [".PP"];
}

/** A text line; a dot or an apostrophe in front would make it a request. */
function line(text: string): string {
  return /^[.']/.test(text) ? `\\&${text}` : text;
}

const FONTS: Readonly<Record<Font, string>> = { roman: "", bold: "\\fB", italic: "\\fI" };

function inline(text: Text): string {
  return text.map(formatSpan).join("");
}

function formatSpan({ font, text }: Span): string {
  return font === "roman" ? literal(text) : `${FONTS[font]}${literal(text)}\\fR`;
}

/** Text that means itself: backslashes, and dashes and quotes that shall be copied as typed. */
function literal(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti");
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
