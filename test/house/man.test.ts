/** The maker of the man pages: markup in, roff out. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parsePage } from "../../doc/man/blocks.ts";
import { bold, italic, parseInline, plain } from "../../doc/man/inline.ts";
import { formatPage } from "../../doc/man/roff.ts";
import { parseOptions } from "../../doc/man/tables.ts";

const HEADING = "# ch-x 1 2026-01-02";

/** The roff of a page with this text, without its first two lines. */
function roff(text: string): string {
  const page = parsePage(`${HEADING}\n\n${text}\n`);
  return formatPage({ ...page, version: "1.2" })
    .split("\n")
    .slice(2, -1)
    .join("\n");
}

test("formatPage() begins with name, section, date and version", () => {
  const page = formatPage({ ...parsePage(HEADING), version: "1.2" });
  assert.match(page, '.TH "CH-X" "1" "2026-01-02" "Charliecloud 1.2" "User Commands"');
});

test("parsePage() refuses a page without a heading", () => {
  assert.throws(() => parsePage("## NAME"), /no heading/);
});

test("parseInline() knows bold, placeholders and literals, and leaves other marks alone", () => {
  const text = parseInline("**a** _b_ `c_d` e_f_g user.* x");
  const expected = [bold("a"), plain(" "), italic("b"), plain(" "), bold("c_d")];
  assert.equal(text, [...expected.flat(), ...plain(" e_f_g user.* x")]);
});

const BLOCKS: readonly (readonly [title: string, text: string, expected: string])[] = [
  ["a section", "## SEE ALSO", '.SH "SEE ALSO"'],
  ["a subsection", "### More", '.SS "More"'],
  ["paragraphs of several lines", "## A\n\nb\nc\n\nd", '.SH "A"\nb c\n.PP\nd'],
  [
    "definitions, also over lines",
    "- `1`: one\n  more\n- `2`: two",
    ".TP\n\\fB1\\fR\none more\n.TP\n\\fB2\\fR\ntwo",
  ],
  [
    "an example as it stands",
    "## A\n\n    a  *b*\n    .c",
    '.SH "A"\n.in +4n\n.EX\na  *b*\n\\&.c\n.EE\n.in',
  ],
  [
    "characters that roff would change",
    "a\\b -c 'd' ^e ~f",
    ".PP\na\\eb \\-c \\(aqd\\(aq \\(hae \\(tif",
  ],
  ["a line that begins with a dot", ".profile", ".PP\n\\&.profile"],
];

for (const [title, text, expected] of BLOCKS) {
  test(`formatPage() writes ${title}`, () => assert.is(roff(text), expected));
}

test("formatPage() refuses a table that has not been filled in", () => {
  assert.throws(() => roff("{options}"), /has not been filled in/);
});

test("parseOptions() reads the C table", () => {
  const table = `/* CH_OPTION("no") */
CH_OPTION("bind", 'b', "SRC[:DST]", "make \\"SRC\\" "
          "appear", handler)
CH_OPTION("set-env", 0, "[=X]", "set", handler)
CH_OPTION("help", 'h', NULL, "help", handler)`;
  assert.equal(parseOptions(table), [
    { synopsis: "-b, --bind=SRC[:DST]", text: 'make "SRC" appear' },
    { synopsis: "--set-env[=X]", text: "set" },
    { synopsis: "-h, --help", text: "help" },
  ]);
});

test("parseOptions() refuses what it cannot read", () => {
  assert.throws(() => parseOptions('CH_OPTION("bind", letter, NULL, "x")'), /cannot read option/);
});

test.run();
