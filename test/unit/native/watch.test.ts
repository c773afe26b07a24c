import { test } from "uvu";
import * as assert from "uvu/assert";
import { watched } from "../../../lib/native/watch.ts";
import { rejection } from "../../helpers/rejection.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("watched() reports the bytes done while the call runs, and at its end", async () => {
  const reports: number[] = [];
  const result = await watched({ onProgress: (bytes) => reports.push(bytes) }, async (control) => {
    control[0] = 5n;
    await sleep(250);
    control[0] = 7n;
    return "result";
  });
  assert.is(result, "result");
  assert.is(reports[0], 5);
  assert.is(reports.at(-1), 7);
  const count = reports.length;
  await sleep(150);
  assert.is(reports.length, count, "no report after the end");
});

test("watched() tells the call when it is aborted", async () => {
  const controller = new AbortController();
  await watched({ signal: controller.signal }, async (control) => {
    assert.is(control[1], 0n);
    controller.abort();
    assert.is(control[1], 1n);
  });
});

test("watched() tells the call at once if it was aborted before", async () => {
  await watched({ signal: AbortSignal.abort() }, async (control) => {
    assert.is(control[1], 1n);
  });
});

test("watched() passes a failure on", async () => {
  const failure = new Error("no");
  assert.is(await rejection(watched({}, () => Promise.reject(failure))), failure);
});

test.run();
