import { test } from "uvu";
import * as assert from "uvu/assert";
import { median, summarize } from "../../bench/statistics.ts";

test("median() is the middle value, whatever the order", () => {
  assert.is(median([9, 1, 5]), 5);
});

test("median() of an even number is between the two in the middle", () => {
  assert.is(median([4, 1, 3, 100]), 3.5);
});

test("median() compares numbers, not their digits", () => {
  assert.is(median([10, 9, 100]), 10);
});

test("median() of nothing is no number", () => {
  assert.ok(Number.isNaN(median([])));
});

test("summarize() takes each median on its own, and the shortest time", () => {
  const samples = [
    { wall: 3, cpu: 10, rss: 7, rest: 0 },
    { wall: 1, cpu: 30, rss: 8, rest: 0 },
    { wall: 2, cpu: 20, rss: 9, rest: 0 },
  ];
  assert.equal(summarize(samples), { median: 2, min: 1, cpu: 20, rss: 8, rounds: 3 });
});

test.run();
