import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatRecord, parseRecord } from "../../../lib/store/record.ts";

const RECORD = {
  name: "a/b:latest",
  source: "reg.example:5000/a/b:1",
  sourceDigest: "sha256:1",
  digest: "sha256:2",
  config: "sha256:3",
  platform: "linux/amd64",
  size: 123,
  added: "2026-01-02T03:04:05.006Z",
  layers: ["config-1", "2", "3"],
};

test("parseRecord() reads what formatRecord() writes, and leaves what it does not know", () => {
  assert.equal(parseRecord(formatRecord(RECORD), "x"), RECORD);
  assert.equal(parseRecord(`${formatRecord(RECORD)}later thing\n`, "x"), RECORD);
});

test("parseRecord() refuses what is none, and names the file", () => {
  assert.throws(() => parseRecord("", "x"), /cannot read "x": not a record of an image/);
  const cut = formatRecord(RECORD).replace(/^digest .*\n/m, "");
  assert.throws(() => parseRecord(cut, "x"), /cannot read "x": "digest" is missing/);
});

test.run();
