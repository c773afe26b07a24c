import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Measured } from "../../bench/contest.ts";
import { formatTable } from "../../bench/table.ts";

const SLOW: Measured = { median: 1234.5, min: 1.5, cpu: 2, rss: 3, rounds: 7, ratio: 2 };
const FAST: Measured = { ...SLOW, median: 0.125, ratio: undefined };

test("formatTable() aligns names to the left and numbers to the right", () => {
  const rows = [
    { name: "peer", alone: SLOW, crowd: undefined },
    { name: "this ch-run", alone: FAST, crowd: undefined },
  ];
  const table = formatTable({ title: "launch", reference: "peer", rows, missing: [] });
  assert.equal(table.split("\n"), [
    "launch       median ms  min ms  CPU ms  RSS MiB  ratio",
    "peer              1235    1.50    2.00     3.00   2.00",
    "this ch-run       0.13    1.50    2.00     3.00      -",
  ]);
});

test("formatTable() has a column for the crowd only where there was one", () => {
  const rows = [
    { name: "peer", alone: SLOW, crowd: FAST },
    { name: "other", alone: SLOW, crowd: undefined },
  ];
  const table = formatTable({ title: "launch", reference: "peer", rows, missing: [] });
  const [head = "", , other = ""] = table.split("\n");
  assert.match(head, /64 at once: ms +CPU ms +RSS MiB +ratio$/);
  assert.match(other, / - +- +- +-$/);
});

test("formatTable() names who was not measured, and why", () => {
  const missing = [{ name: "crun", reason: "no crun" }];
  const table = formatTable({ title: "launch", reference: "peer", rows: [], missing });
  assert.is(table.split("\n").at(-1), "not measured: crun: no crun");
});

test.run();
