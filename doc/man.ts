/**
 * Make one man page: `node man.mjs SOURCE_DIRECTORY PAGE VERSION`, on standard output. The prose is
 * in doc/pages, the options in the tables that the programs themselves use, so that a page cannot
 * forget one.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Block, parsePage } from "./man/blocks.ts";
import { formatPage } from "./man/roff.ts";
import { type Tables, tablesOf } from "./man/tables.ts";

const [directory = ".", page = "", version = ""] = process.argv.slice(2);
process.stdout.write(makePage(directory, page, version));

function makePage(directory: string, page: string, version: string): string {
  const name = basename(page).replace(/\.\d$/, "");
  const text = readFileSync(join(directory, "doc/pages", `${name}.md`), "utf8");
  const { heading, blocks } = parsePage(text);
  const tables = tablesOf(directory, name);
  return formatPage({ heading, version, blocks: blocks.flatMap((block) => fillIn(block, tables)) });
}

/** A `{name}` in the prose stands for a table of the program. */
function fillIn(block: Block, tables: Tables): readonly Block[] {
  if (block.kind !== "table") return [block];
  const blocks = tables[block.name];
  if (!blocks) throw new RangeError(`no table {${block.name}} for this page`);
  return blocks;
}
