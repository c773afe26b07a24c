import { test } from "uvu";
import * as assert from "uvu/assert";
import { shuffler } from "../../bench/order.ts";

const ITEMS = ["a", "b", "c", "d"];

test("shuffler() keeps every item once", () => {
  const shuffle = shuffler();
  for (let round = 0; round < 20; round++) assert.equal(shuffle(ITEMS).sort(), ITEMS);
});

test("shuffler() gives the same orders in every run", () => {
  const [one, other] = [shuffler(), shuffler()];
  for (let round = 0; round < 20; round++) assert.equal(one(ITEMS), other(ITEMS));
});

test("shuffler() lets each item come first about as often as the others", () => {
  const shuffle = shuffler();
  const first = new Map<string, number>();
  for (let round = 0; round < 4000; round++) {
    const [item = ""] = shuffle(ITEMS);
    first.set(item, (first.get(item) ?? 0) + 1);
  }
  for (const item of ITEMS) assert.ok(Math.abs((first.get(item) ?? 0) - 1000) < 150);
});

test.run();
