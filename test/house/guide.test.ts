/** The guide names messages and options; they have to be those of the programs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSource, sourceFiles } from "./sources.ts";

/** All string literals, those that C joins joined, without their escapes. */
function allStrings(): string {
  const texts = [...sourceFiles("src-native", [".c"]), ...sourceFiles("lib", [".ts"])];
  return texts
    .map((path) =>
      readSource(path)
        .replace(/"\s*\n?\s*"/g, "")
        .replaceAll('\\"', '"'),
    )
    .join("\n");
}

test("every message in the table of error messages is one of ours", () => {
  const strings = allStrings();
  const table = readSource("doc/guide/troubleshooting.md");
  const messages = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, message = ""]) => message);
  assert.ok(messages.length > 10);
  assert.equal(
    messages.filter((message) => !strings.includes(message)),
    [],
  );
});

/** The rows that "41, 44-46" means. */
function rowsOf(text: string): readonly number[] {
  return text.split(", ").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

test("what differs from upstream names a test that is there for each row of the list", () => {
  const page = readSource("doc/guide/upstream.md");
  const lines = [...page.matchAll(/^\| ([\d, -]*\d) +\|.*\| `(.*)` *\|$/gm)];
  const files = new Set(sourceFiles("test", [".c", ".ts"]));
  const fileOf = (name: string): string =>
    name.includes("/") ? `test/${name}` : `test/cli/${name}.test.ts`;
  const missing = lines.filter(([, , name = ""]) => !files.has(fileOf(name)));
  assert.equal(missing, []);
  const shown = new Set([98, 99, ...lines.flatMap(([, rows = ""]) => rowsOf(rows))]);
  // Some of the options of ch-image are for building, as "modify" is (145).
  const rows = rowsOf("41-111, 113-126, 139-144, 146-149, 182-213");
  assert.equal(
    rows.filter((row) => !shown.has(row)),
    [],
  );
});

test("every link in the guide leads to a file", () => {
  const files = new Set(sourceFiles("doc", [".md"]));
  const broken = sourceFiles("doc/guide", [".md"]).flatMap((path) =>
    [...readSource(path).matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !target.includes("://"))
      .map((target) =>
        target.startsWith("../") ? `doc/${target.slice(3)}` : `doc/guide/${target}`,
      )
      .filter((target) => !files.has(target))
      .map((target) => `${path}: ${target}`),
  );
  assert.equal(broken, []);
});

test.run();
