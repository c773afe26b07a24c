import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../lib/base/log.ts";
import { ifUnlocked, withLock } from "../../../lib/store/lock.ts";
import { Storage } from "../../../lib/store/storage.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";

function taskOf(signal = new AbortController().signal) {
  return { log: new Log("test", QUIET), signal };
}

/** Do something with storage that is prepared. */
function withStorage(work: (storage: Storage) => Promise<void>): Promise<void> {
  return withFolder((folder) => {
    const storage = new Storage(folder);
    storage.prepare();
    return work(storage);
  });
}

test("withLock() lets one at a time in", () =>
  withStorage(async (storage) => {
    let inside = 0;
    const work = async (): Promise<number> => {
      inside++;
      await sleep(5);
      return inside--;
    };
    const all = Array.from({ length: 5 }, () => withLock(storage, "x", { task: taskOf(), work }));
    assert.equal(await Promise.all(all), [1, 1, 1, 1, 1]);
  }));

test("withLock() lets those in together who share, and ifUnlocked() nobody beside them", () =>
  withStorage(async (storage) => {
    const shared = { shared: true, task: taskOf() };
    const inner = () => ifUnlocked(storage, "x", async () => "alone");
    const both = () => withLock(storage, "x", { ...shared, work: inner });
    assert.is(await withLock(storage, "x", { ...shared, work: both }), undefined);
    assert.is(await inner(), "alone");
  }));

test("withLock() is given up by an abort while it waits, and free after an error", () =>
  withStorage(async (storage) => {
    const stop = new AbortController();
    const work = async (): Promise<unknown> => {
      const waiting = rejection(
        withLock(storage, "x", { task: taskOf(stop.signal), work: async () => "never" }),
      );
      stop.abort(new Error("stop"));
      return waiting;
    };
    assert.match(String(await withLock(storage, "x", { task: taskOf(), work })), /abort/i);
    const failing = async () => Promise.reject(new Error("failed"));
    await rejection(withLock(storage, "x", { task: taskOf(), work: failing }));
    assert.is(await ifUnlocked(storage, "x", async () => "free"), "free");
  }));

test("withLock() and ifUnlocked() of storage without locks wait for nobody", () =>
  withFolder(async (folder) => {
    const storage = new Storage(folder, { locks: false });
    storage.prepare();
    const inner = () => ifUnlocked(storage, "x", async () => "inside");
    assert.is(await withLock(storage, "x", { task: taskOf(), work: inner }), "inside");
    assert.equal(existsSync(join(folder, "locks/x")), false);
  }));

test.run();
