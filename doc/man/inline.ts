/** Text in fonts: `**bold**`, `_placeholder_` and `` `literal` ``, which is bold as well. */

export type Font = "roman" | "bold" | "italic";

export interface Span {
  readonly font: Font;
  readonly text: string;
}

export type Text = readonly Span[];

/** Text that means itself. */
export function plain(text: string): Text {
  return [{ font: "roman", text }];
}

export function bold(text: string): Text {
  return [{ font: "bold", text }];
}

export function italic(text: string): Text {
  return [{ font: "italic", text }];
}

export function parseInline(text: string): Text {
  const marked = /(\*\*.+?\*\*|(?<!\w)_[^_]+_(?!\w)|`[^`]+`)/s;
  return text
    .split(marked)
    .filter((part) => part !== "")
    .flatMap(parsePart);
}

function parsePart(part: string): Text {
  if (/^\*\*.+\*\*$/s.test(part)) return bold(part.slice(2, -2));
  if (/^_.+_$/s.test(part)) return italic(part.slice(1, -1));
  if (/^`.+`$/s.test(part)) return bold(part.slice(1, -1));
  return plain(part);
}
