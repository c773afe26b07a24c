/** $CH_LOG_FILE and $CH_LOG_FESTOON: messages of front ends, elsewhere and with the time. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImageWith } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { messages, run } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

test("messages are appended to the file, those of --verbose too, and results are not", () =>
  withFolder((folder) => {
    const file = join(folder, "log");
    const log = (...args: string[]) => chImageWith(folder, { CH_LOG_FILE: file }, ...args);
    assert.is(assertDone(log("gestalt", "logging")), "a result\n");
    const verbose = ["a notice", "what is done (--verbose)", "warning: a warning", "hint: a hint"];
    assert.equal(messages(readFileSync(file, "utf8")), verbose);
    const { status, stderr } = log("list", "--wrong");
    assert.equal([status, stderr], [2, ""]);
    assert.match(readFileSync(file, "utf8"), /^ch-image\[\d+\]: error: .*--wrong/m);
    assert.is(assertDone(log("--quiet", "gestalt", "logging")), "");
    assert.equal(messages(readFileSync(file, "utf8")).slice(0, 4), verbose);
    assert.match(messages(readFileSync(file, "utf8")).at(-1) ?? "", /^(error|hint): /);
  }));

test("other front ends know the file, too", () =>
  withFolder((folder) => {
    const env = { CH_LOG_FILE: join(folder, "log") };
    const { status, stderr } = run("ch-convert", [join(folder, "none"), folder], { env });
    assert.equal([status, stderr], [1, ""]);
    assert.match(readFileSync(env.CH_LOG_FILE, "utf8"), /^ch-convert\[\d+\]: error: .*none/m);
  }));

test("$CH_LOG_FESTOON puts the time in front, on standard error and in the file", () =>
  withFolder((folder) => {
    const festoon = { CH_LOG_FESTOON: "1" };
    const { stderr } = chImageWith(folder, festoon, "gestalt", "logging");
    const lines = stderr.trimEnd().split("\n");
    const form = new RegExp(`^${TIME} ch-image\\[\\d+\\]: .`);
    assert.is(lines.length, 3);
    for (const line of lines) assert.match(line, form);
    const file = join(folder, "log");
    assertDone(chImageWith(folder, { ...festoon, CH_LOG_FILE: file }, "gestalt", "logging"));
    assert.match(readFileSync(file, "utf8"), form);
  }));

test("a file that cannot be opened is an error on standard error, and nothing is done", () =>
  withFolder((folder) => {
    const path = join(folder, "none/log");
    const outcome = chImageWith(folder, { CH_LOG_FILE: path }, "gestalt", "logging");
    assertRefused(outcome, 1, `cannot open log "${path}": No such file or directory`);
    assert.not(existsSync(join(folder, "none")));
  }));

test.run();
