import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatBytes, formatProgress, startMeter } from "../../../lib/base/progress.ts";

const KIB = 1024;
const BYTES: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [1, "1 B"],
  [1023, "1023 B"],
  [KIB, "1.0 KiB"],
  [1.5 * KIB, "1.5 KiB"],
  [KIB ** 2, "1.0 MiB"],
  [12.25 * KIB ** 3, "12.3 GiB"],
  [KIB ** 5, "1024.0 TiB"],
];

for (const [bytes, text] of BYTES) {
  test(`formatBytes() writes ${bytes} as ${text}`, () => {
    assert.is(formatBytes(bytes), text);
  });
}

test("formatProgress() gives bytes, rate, percentage and the time that is left", () => {
  const state = { label: "reading x", total: 4 * KIB, done: KIB, seconds: 2 };
  assert.is(formatProgress(state), "reading x: 1.0 KiB, 512 B/s, 25%, 6 s left");
});

const LEFT: readonly (readonly [seconds: number, text: string])[] = [
  [1, ", 50%, 1 s left"],
  [119, ", 50%, 119 s left"],
  [125, ", 50%, 3 min left"],
  [7200, ", 50%, 2 h left"],
  [0.5, ", 50%"],
];

for (const [seconds, text] of LEFT) {
  test(`formatProgress() after ${seconds} s of what takes twice that ends in "${text}"`, () => {
    const line = formatProgress({ label: "x", total: 2000, done: 1000, seconds });
    assert.ok(line.endsWith(`B/s${text}`), line);
  });
}

test("formatProgress() gives no percentage of an unknown total", () => {
  const state = { label: "reading x", total: undefined, done: KIB, seconds: 1 };
  assert.is(formatProgress(state), "reading x: 1.0 KiB, 1.0 KiB/s");
});

test("formatProgress() never passes 100 %", () => {
  const state = { label: "x", total: 10, done: 30, seconds: 0 };
  assert.is(formatProgress(state), "x: 30 B, 100%");
});

test("startMeter() draws at once, not again within a moment, and wipes its line", () => {
  const drawn: string[] = [];
  const meter = startMeter({ label: "x", total: 10, write: (text) => drawn.push(text) });
  meter.update(1);
  meter.update(2);
  meter.finish();
  assert.is(drawn.length, 2);
  assert.match(drawn[0] ?? "", /^\r.*x: 1 B/);
  assert.is(drawn[1], "\r\u001b[K");
});

test("startMeter() that has drawn nothing wipes nothing", () => {
  const drawn: string[] = [];
  startMeter({ label: "x", total: 10, write: (text) => drawn.push(text) }).finish();
  assert.equal(drawn, []);
});

test("startMeter() without a terminal prints a line each minute, and none of what is quick", () => {
  const lines: string[] = [];
  let time = 5000;
  const print = (line: string): number => lines.push(line);
  const meter = startMeter({ label: "x", total: 240, print, now: () => time });
  for (let done = 1; done <= 130; done++) {
    time += 1000;
    meter.update(done);
  }
  meter.finish();
  assert.equal(lines, ["x: 60 B, 1 B/s, 25%, 3 min left", "x: 120 B, 1 B/s, 50%, 2 min left"]);
});

test.run();
