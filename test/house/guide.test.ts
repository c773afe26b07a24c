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
