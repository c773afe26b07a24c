import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Places } from "../../../lib/base/limit.ts";
import { rejection } from "../../helpers/rejection.ts";

test("Places lets as many work at once as there are, and all in the end", async () => {
  const places = new Places(2);
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++working);
    await sleep(1);
    working--;
  };
  await Promise.all(Array.from({ length: 7 }, () => places.run(work)));
  assert.equal([most, working], [2, 0]);
});

test("Places gives a place back after a failure", async () => {
  const places = new Places(1);
  const failing = () => Promise.reject(new Error("no"));
  await rejection(places.run(failing));
  assert.is(await places.run(async () => "yes"), "yes");
});

test.run();
